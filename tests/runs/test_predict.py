"""The arguments of `predict` and `eval`, and the files that `predict` writes, through the command."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ftcli.runs.train import train
from tests.mistakes.case import TEXTS
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has learned texts."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("FTCLI_CACHE", str(folder / "cache"))
        tiny_data.table(folder / "reviews.csv", tiny_data.reviews(16))
        tiny_models.bert(folder / "bert")
        (folder / "texts.yaml").write_text(TEXTS)
        train("texts.yaml")
    return folder / "runs" / "texts"


@pytest.fixture
def run(trained: Path, workplace: Path) -> Path:
    """The run, and a table, in the current folder."""
    shutil.copytree(trained, workplace / "run")
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(16))
    return Path("run")


def ids(shown: str) -> list[str]:
    return [row["id"] for row in csv.DictReader(io.StringIO(shown))]


def test_a_run_is_an_argument_or_an_option(ftcli: Command, run: Path) -> None:
    checkpoint = next((run / "checkpoints").iterdir())
    for command, *arguments in (["predict", "good"], ["eval", "--data", "reviews.csv"]):
        shown = ftcli.ok(command, "--checkpoint", run, *arguments)
        assert shown == ftcli.ok(command, run, *arguments)
        assert shown == ftcli.ok(command, checkpoint, *arguments)
    # An argument beside the option is to be predicted, whatever it is called.
    assert ids(ftcli.ok("predict", "--checkpoint", run, "run.", "good")) == ["run.", "good"]
    assert "run is a folder, and this run reads texts" in ftcli.refused("predict", "--checkpoint", run, run)


def test_texts_are_what_was_typed(ftcli: Command, run: Path) -> None:
    texts = ["http://x//a/./b", "", "a.csv, b.csv", "-5 degrees"]
    assert ids(ftcli.ok("predict", run, "--", *texts)) == texts
    assert ids(ftcli.ok("predict", "--checkpoint", run, "")) == [""]


def test_a_table_is_predicted_as_with_the_option(ftcli: Command, run: Path) -> None:
    shown = ftcli.ok("predict", run, "reviews.csv")
    assert len(ids(shown)) == 16
    assert shown == ftcli.ok("predict", run, "--input", "reviews.csv")


def test_standard_input(ftcli: Command, run: Path, piped: Callable[[str], None]) -> None:
    piped("good\n\nbad")
    assert ids(ftcli.ok("predict", run, "-")) == ["good", "", "bad"]
    piped(Path("reviews.csv").read_text())
    assert ftcli.ok("predict", run, "--input", "-") == ftcli.ok("predict", run, "reviews.csv")
    piped("")
    assert "standard input is empty" in ftcli.refused("predict", run, "-")


def test_a_terminal_is_not_waited_for_without_a_word(
    ftcli: Command, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    hint = "reading from the terminal: end with Ctrl-D on an empty line\n"
    monkeypatch.setattr(sys, "stdin", Terminal(io.BytesIO(b"good\n")))
    result = ftcli("predict", run, "-")
    assert (result.status, ids(result.out)) == (0, ["good"])
    assert hint in result.err
    assert hint not in ftcli("predict", run, "good").err


def test_the_ending_says_the_format(ftcli: Command, run: Path) -> None:
    names = [f"p.{ending}" for ending in ("csv", "tsv", "json", "jsonl", "parquet")]
    for name in names:
        assert f"2 predictions in {name}" in ftcli.ok("predict", run, "=1+1", "@anna", "--output", name)
    rows = json.loads(Path("p.json").read_text())
    assert [row["id"] for row in rows] == ["=1+1", "@anna"]
    assert isinstance(rows[0]["probability"], float)
    assert [json.loads(line) for line in Path("p.jsonl").read_text().splitlines()] == rows
    assert pq.read_table("p.parquet").to_pylist() == rows
    for name, delimiter in (("p.csv", ","), ("p.tsv", "\t")):
        with Path(name).open(newline="") as file:
            assert [row["id"] for row in csv.DictReader(file, delimiter=delimiter)] == ["=1+1", "@anna"]


def test_a_text_that_a_spreadsheet_would_compute_is_changed_only_for_one(ftcli: Command, run: Path) -> None:
    assert ids(ftcli.ok("predict", run, "=1+1", "@anna")) == ["=1+1", "@anna"]
    assert ids(ftcli.ok("predict", run, "=1+1", "@anna", "--spreadsheet")) == ["'=1+1", "'@anna"]
    ftcli.ok("predict", run, "=1+1", "--spreadsheet", "--output", "p.tsv")
    assert Path("p.tsv").read_text().splitlines()[1].startswith("'=1+1\t")
    assert "no formulas" in ftcli.refused("predict", run, "=1+1", "--spreadsheet", "--output", "p.json")


def test_the_likeliest_classes_are_columns(ftcli: Command, run: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(ftcli.ok("predict", run, "good", "--top", 1)))
    assert list(row) == ["id", "label", "probability", "class_1", "probability_1"]
    assert row["class_1"] == row["label"]
    ftcli.ok("predict", run, "good", "--top", 5, "--output", "p.jsonl")
    found = json.loads(Path("p.jsonl").read_text())
    assert {found["class_1"], found["class_2"]} == {"bad", "good"}
    assert found["probability_1"] == found["probability"]


def test_json_is_one_document(ftcli: Command, run: Path) -> None:
    # This text is cut, which is a note.
    done = ftcli("predict", run, "good", "one two three " * 20, "--json")
    found = json.loads(done.out, parse_constant=pytest.fail)
    assert list(found) == ["checkpoint", "examples", "predictions"]
    assert Path(found["checkpoint"]).parent == run / "checkpoints"
    assert (found["examples"], found["predictions"][0]["id"]) == (2, "good")
    assert done.err.startswith("note: 1 of 2 texts have more than 16 tokens")
    document = json.loads(ftcli.ok("predict", run, "good", "--json", "--output", "p.csv"))
    assert (document["examples"], document["output"]) == (1, "p.csv")
    assert ids(Path("p.csv").read_text()) == ["good"]
    # A mistake is a text on standard error.
    refused = ftcli("predict", run, "new.csv", "--json")
    assert (refused.status, refused.out) == (2, "")
    assert refused.err.startswith("no such file or folder: ")
    assert "--json has no formulas" in ftcli.refused("predict", run, "good", "--json", "--spreadsheet")


def test_a_file_is_overwritten_only_by_force(ftcli: Command, run: Path) -> None:
    Path("p.csv").write_text("mine\n")
    answer = ftcli.refused("predict", run, "good", "--output", "p.csv")
    assert "p.csv is there already; choose another name, or overwrite it with --force" in answer
    assert Path("p.csv").read_text() == "mine\n"
    ftcli.ok("predict", run, "good", "--output", "p.csv", "--force")
    assert ids(Path("p.csv").read_text()) == ["good"]
    Path("folder.csv").mkdir()
    assert "is there already" in ftcli.refused("predict", run, "good", "--output", "folder.csv", "--force")


def test_what_is_predicted_is_never_overwritten(ftcli: Command, run: Path) -> None:
    before = Path("reviews.csv").read_bytes()
    for arguments in (["reviews.csv"], ["--input", "./reviews.csv"]):
        answer = ftcli.refused("predict", run, *arguments, "--output", "reviews.csv", "--force")
        assert "reviews.csv is what is to be predicted; choose another name" in answer
    assert Path("reviews.csv").read_bytes() == before


def test_a_terminal_has_a_table(ftcli: Command, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "20")
    piped = ftcli.ok("predict", run, "good", "bad " * 20)
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        patch.setenv("TERM", "dumb")
        lines = ftcli("predict", run, "good", "bad " * 20).out.splitlines()
    head = next(line for line in lines if line.startswith("id"))
    assert head.split() == ["id", "label", "likeliest"]
    assert max(map(len, lines)) <= 60
    assert "1: " in lines[-1]
    assert "…" in lines[-1]
    assert piped.startswith("id,label,probability,p(bad),p(good)\n")


def test_a_run_knows_that_it_learned_pairs(ftcli: Command, workplace: Path) -> None:
    """Also where the columns of the two texts were guessed: one text alone was labelled without a word."""
    rows = [
        {"premise": row["text"], "hypothesis": "good", "label": row["label"]} for row in tiny_data.reviews(16)
    ]
    tiny_data.table(workplace / "reviews.csv", rows)
    tiny_models.bert(workplace / "bert")
    (workplace / "texts.yaml").write_text(TEXTS)
    ftcli.ok("train", "texts.yaml")
    written = (workplace / "runs/texts/experiment.yaml").read_text()
    assert "text: premise" in written
    assert "text_pair: hypothesis" in written
    assert "this model reads pairs of texts" in ftcli.refused("predict", "runs/texts", "good")
    table = list(csv.DictReader(io.StringIO(ftcli.ok("predict", "runs/texts", "reviews.csv"))))
    assert len(table) == 16
