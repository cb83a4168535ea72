"""Sentences of rows that have a word each."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftcli.data.targets.sentences import Columns, Sentences
from ftcli.errors import DataError
from tests.data.sources.tagged import opened, read
from tests.tiny import data as tiny

COLUMNS = Columns("no", "word", "tag")


class Tags:
    """Takes the tags of each sentence, and the position of its first row."""

    def __init__(self) -> None:
        self.added: list[tuple[Any, int]] = []

    def add(self, cell: object, position: int) -> None:
        self.added.append((cell, position))


def collected(*rows: tuple[object, object, str]) -> tuple[Sentences, Tags]:
    tags: Any = Tags()
    sentences = Sentences("a.csv", COLUMNS, tags, lambda line: f"a.csv:{line}")
    for position, (number, word, tag) in enumerate(rows, start=2):
        sentences.row({"no": number, "word": word, "tag": tag}, position)
    sentences.finish()
    return sentences, tags


def test_rows_without_a_number_go_on() -> None:
    sentences, tags = collected(
        ("1", "a", "O"), ("", "b", "X"), (None, "c", "O"), (float("nan"), "d", "O"), (2.0, "e", "O")
    )
    assert (len(sentences), tags.added) == (2, [(["O", "X", "O", "O"], 2), (["O"], 6)])
    assert sentences.notes() == ("a.csv: 2 sentences of 5 words, by column 'no'",)
    assert sentences.rows(None).numbers == ("1", "2")
    assert sentences.rows(None).ends.tolist() == [4, 5]


def test_numbers_may_begin_anew() -> None:
    sentences, _ = collected(*((number, "a", "O") for number in "112123"))
    assert len(sentences) == 5
    assert "numbers begin anew 1 times" in sentences.notes()[0]
    assert [sentences.rows(None).id(row) for row in range(2)] == ["1", "2"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("", "a", "O")], "a.csv:2: column 'no' has no number of a sentence, and no row before"),
        ([(one, "a", "O") for one in "1232"], "a.csv:5: sentence '2' of column 'no' has other rows above"),
        ([("1", ["a"], "O")], "a.csv:2: ['a'] in column 'word' is not one word"),
    ],
)
def test_what_is_no_sentence_is_refused(rows: Any, words: str) -> None:
    with pytest.raises(DataError) as error:
        collected(*rows)
    assert words in str(error.value)


def test_rows_that_never_stand_together_are_refused() -> None:
    sentences, _ = collected(*((number, "a", "O") for number in "1212"))
    with pytest.raises(
        DataError, match="4 rows have 2 numbers in column 'no', and never two rows of a sentence"
    ):
        sentences.rows(None)
    sentences, _ = collected(*((number, "a", "O") for number in "123"))
    assert "each sentence has one word: is column 'no' the number" in sentences.notes()[1]


def test_a_condition_is_of_whole_sentences() -> None:
    sentences, _ = collected(("1", "a", "O"), ("1", "b", "O"), ("2", "c", "O"))
    assert sentences.meeting(np.array([True, True, False]), "x == 1").tolist() == [True, False]
    with pytest.raises(DataError, match="x == 1 holds for some words of 1 sentences only"):
        sentences.meeting(np.array([True, False, False]), "x == 1")


@pytest.mark.parametrize("make", [tiny.table, tiny.jsonl, tiny.parquet])
def test_every_table_may_have_a_word_a_row(tmp_path: Path, make: Any) -> None:
    rows = [
        {
            "sent_id": 1 + n // 3,
            "token": f"w{n}",
            "ner": "B-x" if n % 3 == 0 else "I-x",
            "split": "ab"[n // 6],
        }
        for n in range(9)
    ]
    path = make(tmp_path / f"a.{'csv' if make is tiny.table else make.__name__}", rows)
    splits = opened(path, test="split == b", keep=("split",))
    assert read(splits.train) == [("w0 w1 w2", "B-x I-x I-x"), ("w3 w4 w5", "B-x I-x I-x")]
    assert read(splits.test) == [("w6 w7 w8", "B-x I-x I-x")]
    assert (splits.train[1].id, splits.train[1].attributes) == ("2", {"split": ("a", "a", "a")})
    copy = pickle.loads(pickle.dumps(splits.train))
    assert copy[0].inputs == {"text": ("w0", "w1", "w2")}


def test_lists_of_words_need_no_number(tmp_path: Path) -> None:
    rows = [{"sentence_id": n, "tokens": ["a", "b"], "tags": ["B-x", "O"]} for n in range(2)]
    splits = opened(tiny.jsonl(tmp_path / "a.jsonl", rows))
    assert read(splits.train) == [("a b", "B-x O")] * 2
    assert any(
        "each row is a sentence, so column 'sentence_id' parts nothing" in note for note in splits.notes
    )
