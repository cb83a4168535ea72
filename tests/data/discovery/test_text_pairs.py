"""What `look` makes of texts and what to write for them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from ftcli.cli.starter import Starter, Wishes
from ftcli.data.discovery.recognise import recognise
from tests.tiny import data as tiny

WORDS = ("red", "old", "warm", "long", "new", "dark")


def lines(folder: Path, *names: str) -> None:
    for name in names:
        text = "".join(f"a {WORDS[n % 6]} line {n}\n" for n in range(12)).encode()
        (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)


def test_a_folder_of_files_of_two_languages(tmp_path: Path) -> None:
    lines(tmp_path, *(f"{name}.{code}.gz" for name in ("train", "val", "test_2016") for code in ("de", "en")))
    found = recognise(tmp_path)
    assert (found.modality.name, found.kind.wanted, found.task) == ("text", "text", "translation")
    assert found.data == {
        "train": f"{tmp_path}/train.{{en,de}}.gz",
        "val": f"{tmp_path}/val.{{en,de}}.gz",
        "test": f"{tmp_path}/test_2016.{{en,de}}.gz",
    }
    assert found.sizes == {"train": 12, "val": 12, "test": 12}
    assert "task: translation" in Starter.of(str(tmp_path), Wishes(), download=True).commented()


def test_one_of_two_files_is_the_source(tmp_path: Path) -> None:
    lines(tmp_path, "train.de", "train.en")
    assert recognise(tmp_path / "train.de").data == {"train": f"{tmp_path}/train.{{de,en}}"}


def test_tables_are_no_languages(tmp_path: Path) -> None:
    tiny.table(tmp_path / "train.csv", tiny.reviews(12))
    tiny.table(tmp_path / "train.tsv", tiny.reviews(12))
    assert recognise(tmp_path / "train.csv").kind.wanted == "category"


@pytest.mark.parametrize(
    ("names", "wants", "task"),
    [
        (("article", "highlights"), "text", "summarization"),
        (("source", "target"), "text", "translation"),
        (("english", "german"), "text", "translation"),
        (("question", "answer"), "tokens", "causal-language-modelling"),
    ],
)
def test_tables_of_texts_and_texts(tmp_path: Path, names: tuple[str, str], wants: str, task: str) -> None:
    rows: list[dict[str, Any]] = [
        {names[0]: f"a {WORDS[n % 6]} text of number {n}", names[1]: f"the {WORDS[n % 6]} number {n}"}
        for n in range(20)
    ]
    found = recognise(tiny.jsonl(tmp_path / "a.jsonl", rows))
    assert (found.kind.wanted, found.task) == (wants, task)
    assert (found.data["text"], found.data["target"]) == names


def test_an_answer_with_a_score_is_a_pair(tmp_path: Path) -> None:
    rows = [
        {"question": f"what is {n} and why", "answer": f"it is {n} for now", "score": f"{n / 4}"}
        for n in range(20)
    ]
    assert recognise(tiny.table(tmp_path / "a.csv", rows)).kind.wanted == "number"
