"""`ftcli report`: where the page goes, and what is refused."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_app import imported_by
from tests.report.making import YAML, make_run
from tests.running import Command


def test_the_page_of_one_run_is_its_own_and_replaced(ftcli: Command, workplace: Path) -> None:
    path = make_run(workplace / "runs/flowers")
    assert ftcli.ok("report", "runs/flowers") == "runs/flowers/report.html\n"
    before = (path / "report.html").read_text()
    (path / "summary.json").unlink()
    assert ftcli.ok("report", "runs/flowers") == "runs/flowers/report.html\n"
    assert (path / "report.html").read_text() != before
    (path / "checkpoints/epoch-0001").mkdir(parents=True)
    assert ftcli.ok("report", "runs/flowers/checkpoints/epoch-0001") == "runs/flowers/report.html\n"


def test_the_page_of_several_is_here_and_nothing_is_overwritten(ftcli: Command, workplace: Path) -> None:
    make_run(workplace / "a")
    make_run(workplace / "b", experiment=YAML.replace("32", "64"))
    assert ftcli.ok("report", "a", "b") == "report.html\n"
    (workplace / "report.html").write_text("mine")
    assert "report.html is there already" in ftcli.refused("report", "a", "b")
    assert (workplace / "report.html").read_text() == "mine"
    assert ftcli.ok("report", "a", "b", "--force") == "report.html\n"
    assert "data.batch_size" in (workplace / "report.html").read_text()
    assert ftcli.ok("report", "a", "--output", "a.html") == "a.html\n"
    assert "a.html is there already" in ftcli.refused("report", "a", "--output", "a.html")
    assert not (workplace / "a/report.html").exists()


def test_what_is_refused(ftcli: Command, workplace: Path) -> None:
    make_run(workplace / "a")
    make_run(workplace / "b")
    assert "nothing does not exist" in ftcli.refused("report", "nothing")
    (workplace / "empty").mkdir()
    assert "empty is not a run directory: it has no experiment.yaml" in ftcli.refused("report", "empty")
    assert "a is given twice" in ftcli.refused("report", "a", "b", "./a")
    assert "8 runs: a page shows 6 at most" in ftcli.refused("report", *"abcdefgh")
    assert "empty is there already, and is a folder; name a file" in ftcli.refused(
        "report", "a", "--output", "empty"
    )
    assert "there is no folder" in ftcli.refused("report", "a", "--output", "none/x.html")
    assert not list(workplace.glob("*.html"))


def test_it_needs_no_torch(workplace: Path) -> None:
    make_run(workplace / "a")
    make_run(workplace / "b")
    for arguments in (["report", "a"], ["report", "a", "b"]):
        modules, _ = imported_by(arguments, workplace)
        assert not modules & {"torch", "torchvision", "transformers", "PIL", "matplotlib", "scipy"}
        assert ("numpy" in modules) == (len(arguments) > 2)
