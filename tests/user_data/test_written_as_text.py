"""Cells of tables as scripts and spreadsheets write them: sentences with a tag for each word, chats, missing labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.chats import Chat, Turn
from ftcli.contracts.modalities import TEXT
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import Splits
from ftcli.data.unlabelled import open_unlabelled
from tests.data.opening import mistake, opened
from tests.data.sources.tagged import read
from tests.tiny import data as tiny

FORMS: Any = (("a.csv", tiny.table), ("a.jsonl", tiny.jsonl), ("a.parquet", tiny.parquet))
each_table = pytest.mark.parametrize(("file", "make"), FORMS, ids=[file for file, _ in FORMS])
MESSAGES = [{"role": "user", "content": "it's\n} {"}, {"role": "assistant", "content": '"x"\n'}]


def made(path: Path, make: Any, rows: Any, wants: str = "category", **keys: Any) -> Splits:
    return opened(Data(train=str(make(path, rows)), val=0.0, **keys), wants=wants)


@each_table
@pytest.mark.parametrize("tags", ["B-geo O O", "['B-geo', 'O', 'O']"])
def test_a_sentence_a_row_with_spaces(tmp_path: Path, file: str, make: Any, tags: str) -> None:
    rows = [{"text": "Oslo , say", "labels": tags}, {"text": "yes", "labels": "O"}]
    rows[1]["labels"] = "['O']" if "[" in tags else "O"
    splits = made(tmp_path / file, make, rows, "tags")
    assert read(splits.train) == [("Oslo , say", "B-geo O O"), ("yes", "O")]
    assert any("2 texts are no lists: spaces part their words" in note for note in splits.notes)
    found = recognise(tmp_path / file)
    assert (found.kind.name, found.data["text"], found.data["label"]) == ("tags", "text", "labels")


def test_a_sentence_a_row_beside_its_number(tmp_path: Path) -> None:
    rows = [{"Sentence #": "1", "Sentence": "Oslo is", "POS": "['N', 'V']", "Tag": "['B-geo', 'O']"}] * 2
    splits = made(tmp_path / "a.csv", tiny.table, rows, "tags")
    assert read(splits.train) == [("Oslo is", "B-geo O")] * 2


def test_labels_of_as_many_words_as_their_texts_are_no_tags(tmp_path: Path) -> None:
    rows = [{"text": f"{word} film", "label": f"very {word}"} for word in ("good", "bad") * 3]
    assert recognise(tiny.table(tmp_path / "a.csv", rows)).kind.name != "tags"


def test_rows_of_one_word_are_not_sentences(tmp_path: Path) -> None:
    path = tiny.jsonl(tmp_path / "a.jsonl", [{"word": "Oslo", "tag": "B-geo"}, {"word": "is", "tag": "O"}])
    assert "one tag in each row" in mistake(Data(train=str(path)), wants="tags")


@each_table
@pytest.mark.parametrize(
    "form",
    [json.dumps, repr, lambda chat: "[" + "\n ".join(map(repr, chat)) + "]"],
    ids=["json", "pandas", "numpy"],
)
def test_chats_as_texts(tmp_path: Path, file: str, make: Any, form: Any) -> None:
    splits = made(tmp_path / file, make, [{"messages": form(MESSAGES)}] * 2, "tokens")
    chat = Chat((Turn("user", "it's\n} {"), Turn("assistant", '"x"\n')))
    assert (splits.train[1].inputs["text"], splits.settled["chat"]) == (chat, True)
    assert any("chats that are written as text" in note for note in splits.notes)
    new = open_unlabelled((TEXT,), [], tmp_path / file, Data(text="messages"), "tokens")
    assert new[0].inputs["text"] == chat
    assert recognise(tmp_path / file).task == "causal-language-modelling"


def test_texts_that_hold_messages_are_texts_elsewhere(tmp_path: Path) -> None:
    rows = [{"text": repr(MESSAGES), "label": label} for label in "xy"]
    assert made(tmp_path / "a.csv", tiny.table, rows).train[0].inputs["text"] == repr(MESSAGES)
    lists = [{"text": "['role', 'content']"}, {"text": "[{'role': 1"}]
    assert made(tmp_path / "b.csv", tiny.table, lists, "tokens").settled == {}
