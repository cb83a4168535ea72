"""`ftcli card`: where the card and the bill of materials go, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.card.answers import UNANSWERED
from tests.card.making import make_whole_run
from tests.cli.test_app import imported_by
from tests.running import Command


@pytest.fixture
def run(workplace: Path) -> Path:
    return make_whole_run(workplace / "runs/flowers")


def test_the_card_of_a_run_is_made_again_and_its_answers_stay(ftcli: Command, run: Path) -> None:
    assert ftcli.ok("card", "runs/flowers") == "runs/flowers/README.md\n"
    card = run / "README.md"
    card.write_text(card.read_text().replace(UNANSWERED, "Gardens.", 1))
    answered = card.read_text()
    (run / "summary.json").unlink()
    assert ftcli.ok("card", "runs/flowers") == "runs/flowers/README.md\n"
    assert card.read_text() != answered
    assert "Gardens." in card.read_text()
    (run / "checkpoints/epoch-0001").mkdir(parents=True)
    assert ftcli.ok("card", "runs/flowers/checkpoints/epoch-0001") == "runs/flowers/README.md\n"
    found = json.loads(ftcli.ok("card", "runs/flowers", "--json"))
    assert found == {
        "run": "runs/flowers", "file": "runs/flowers/README.md", "format": "Markdown",
        "unanswered": ["Limits and risks", "Ethical considerations"],
    }  # fmt: skip


@pytest.mark.parametrize("mine", ["# mine\n", None])
def test_a_card_that_was_edited_is_not_overwritten(mine: str | None, ftcli: Command, run: Path) -> None:
    ftcli.ok("card", "runs/flowers")
    card = run / "README.md"
    card.write_text(mine or card.read_text().replace("# flowers", "# My flowers"))
    before = card.read_text()
    answer = ftcli.refused("card", "runs/flowers")
    assert "README.md was not made by ftcli, or edited outside of its answers" in answer
    assert "ftcli card runs/flowers --force" in answer
    assert card.read_text() == before
    assert ftcli.ok("card", "runs/flowers", "--force") == "runs/flowers/README.md\n"
    assert "# flowers" in card.read_text()


def test_the_bill_of_materials(ftcli: Command, run: Path) -> None:
    assert ftcli.ok("card", "runs/flowers", "--bom") == "runs/flowers/bom.json\n"
    bill = (run / "bom.json").read_text()
    assert json.loads(bill)["specVersion"] == "1.7"
    # The same again changes nothing, and so is not refused.
    assert ftcli.ok("card", "runs/flowers", "--bom") == "runs/flowers/bom.json\n"
    assert ftcli.ok("card", "runs/flowers", "--bom", "--output", "-") == bill
    (run / "bom.json").write_text("mine")
    assert "bom.json is there already" in ftcli.refused("card", "runs/flowers", "--bom")
    assert (run / "bom.json").read_text() == "mine"
    assert (
        json.loads(ftcli.ok("card", "runs/flowers", "--bom", "--force", "--json"))["format"]
        == "CycloneDX 1.7"
    )
    assert (run / "bom.json").read_text() == bill


def test_elsewhere(ftcli: Command, run: Path, workplace: Path) -> None:
    assert ftcli.ok("card", "runs/flowers", "--output", "a.md") == "a.md\n"
    assert ftcli.ok("card", "runs/flowers", "--output", "-") == (workplace / "a.md").read_text()
    (workplace / "a.md").write_text("mine")
    assert "a.md is there already" in ftcli.refused("card", "runs/flowers", "--output", "a.md")
    assert "there is no folder" in ftcli.refused("card", "runs/flowers", "--output", "none/a.md")
    assert "give --output a file" in ftcli.refused("card", "runs/flowers", "--output", "-", "--json")
    assert not (run / "README.md").exists()


def test_what_is_no_run_is_refused(ftcli: Command, workplace: Path) -> None:
    (workplace / "empty").mkdir()
    for arguments in ((), ("--bom",), ("--output", "-")):
        assert "nothing does not exist" in ftcli.refused("card", "nothing", *arguments)
        assert "empty is not a run directory: it has no experiment.yaml" in ftcli.refused(
            "card", "empty", *arguments
        )
    assert not list((workplace / "empty").iterdir())


def test_it_needs_no_torch(run: Path, workplace: Path) -> None:
    for arguments in (["card", str(run)], ["card", str(run), "--bom"]):
        modules, _ = imported_by(arguments, workplace)
        assert not modules & {
            "torch",
            "torchvision",
            "transformers",
            "PIL",
            "scipy",
            "numpy",
            "huggingface_hub",
        }
