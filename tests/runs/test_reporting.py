"""The report at the end of a training, and later."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.card.answers import UNANSWERED
from ftcli.config.load import load_experiment
from ftcli.errors import RunError
from ftcli.report.run import Run, read_run
from ftcli.runs.directory import RunDirectory
from ftcli.runs.reporting import card_run, report_run, withdraw_card, write_papers, write_report
from ftcli.runs.train import train
from tests.report.making import YAML, make_run
from tests.tiny import data as tiny_data


def test_the_page_and_the_curves_are_written_and_replaced(tmp_path: Path) -> None:
    path = make_run(tmp_path / "run")
    assert write_report(RunDirectory.existing(path)) is None
    page, curves = ((path / name).read_bytes() for name in ("report.html", "curves.svg"))
    assert b"0.8625" in page
    assert curves.startswith(b"<svg")
    assert report_run(RunDirectory.existing(path)) == path / "report.html"
    assert (path / "report.html").read_bytes() == page
    assert not list(path.glob("*.partial-*"))


def test_what_goes_wrong_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_run(tmp_path / "run")
    (path / "report.html").mkdir()
    note = write_report(RunDirectory(path))
    assert note is not None
    assert "note: the report was not written: RunError: " in note
    assert (path / "log.txt").read_text() == f"{note}\n"
    with pytest.raises(RunError, match=r"report\.html: cannot be written"):
        report_run(RunDirectory(path))
    monkeypatch.setattr("ftcli.runs.reporting.page", lambda _: 1 / 0)
    assert "ZeroDivisionError" in str(write_report(RunDirectory(path)))


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    path = make_run(tmp_path / "run")
    (tmp_path / "precious").write_text("mine")
    (path / "report.html").symlink_to(tmp_path / "precious")
    assert write_report(RunDirectory(path)) is None
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (path / "report.html").is_symlink()


def test_a_run_that_goes_on_has_no_report(tmp_path: Path) -> None:
    directory = RunDirectory(make_run(tmp_path / "run"))
    write_report(directory)
    directory.reopen(None)
    assert not {"report.html", "curves.svg", "summary.json"} & {
        entry.name for entry in directory.path.iterdir()
    }


def test_the_card_is_written_beside_it_and_an_edited_one_stays(tmp_path: Path) -> None:
    directory = RunDirectory(make_run(tmp_path / "run"))
    assert write_papers(directory) is None
    card = directory.path / "README.md"
    assert "**`accuracy` 0.8625**" in card.read_text()
    assert write_papers(directory) is None
    card.write_text("# mine")
    note = write_papers(directory)
    assert note is not None
    assert "note: the card was not written: RunError: " in note
    assert note in (directory.path / "log.txt").read_text()
    assert card.read_text() == "# mine"
    assert card_run(directory, force=True) == card
    assert card.read_text().startswith("---\n")


def test_a_link_or_a_folder_in_place_of_the_card_is_not_followed(tmp_path: Path) -> None:
    directory = RunDirectory(make_run(tmp_path / "run"))
    (tmp_path / "precious").write_text("mine")
    (directory.path / "README.md").symlink_to(tmp_path / "precious")
    assert write_papers(directory) is not None
    card_run(directory, force=True)
    assert (tmp_path / "precious").read_text() == "mine"
    (directory.path / "README.md").unlink()
    (directory.path / "README.md").mkdir()
    with pytest.raises(RunError, match=r"README\.md: cannot be written"):
        card_run(directory, force=True)


def test_a_run_that_goes_on_has_a_card_without_figures_but_with_its_answers(tmp_path: Path) -> None:
    directory = RunDirectory(make_run(tmp_path / "run"))
    withdraw_card(directory)
    assert not (directory.path / "README.md").exists()
    card = card_run(directory)
    card.write_text(card.read_text().replace(UNANSWERED, "Gardens.", 1))
    (directory.path / "bom.json").write_text("{}")
    directory.reopen(None)
    withdraw_card(directory)
    assert "This run has not ended" in card.read_text()
    assert "0.8625" not in card.read_text()
    assert "Gardens." in card.read_text()
    assert not (directory.path / "bom.json").exists()
    card.write_text("# mine")
    withdraw_card(directory)
    assert card.read_text() == "# mine"


def test_every_training_ends_with_a_report(workplace: Path) -> None:
    tiny_data.class_folders(workplace / "photos")
    (workplace / "my.yaml").write_text(
        "task: image-classification\ndata: {source: photos, val: 0.5, image_size: 32}\nfreeze: backbone\noutput: run\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\ntraining: {epochs: 2, device: cpu}\n"
    )
    run = train("my.yaml")
    text = (run / "report.html").read_text()
    assert "accuracy" in text
    assert (run / "curves.svg").is_file()
    before = text
    assert report_run(RunDirectory(run)).read_text() == before
    before = (run / "README.md").read_text()
    assert "**`accuracy` " in before
    assert card_run(RunDirectory(run)).read_text() == before


def test_a_run_that_another_process_trains_is_read(tmp_path: Path) -> None:
    path = make_run(tmp_path / "run", summary=None, outcomes=None)
    owner = RunDirectory(path)
    owner.lock.take()
    assert write_report(RunDirectory(path)) is None
    assert "has not ended" in (path / "report.html").read_text()
    assert owner.lock.held


def test_the_yaml_of_the_tests_is_one_of_ftcli(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(YAML)
    assert load_experiment(tmp_path / "x.yaml").task == "image-classification"


def test_a_report_of_a_run_that_ends_meanwhile_is_of_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_run(tmp_path / "run")
    (path / "summary.json").rename(path / "later")

    def read(directory: Path) -> Run:
        run = read_run(directory)
        if (path / "later").exists():
            (path / "later").rename(path / "summary.json")
        return run

    monkeypatch.setattr("ftcli.runs.reporting.read_run", read)
    report_run(RunDirectory(path))
    assert "all epochs are done" in (path / "report.html").read_text()
