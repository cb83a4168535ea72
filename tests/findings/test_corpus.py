"""The splits as findings see them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ftcli.findings.check import quick
from ftcli.findings.corpus import Corpus
from tests.findings.corpora import rows, texts


def test_a_split_that_is_given_twice_is_there_once(tmp_path: Path) -> None:
    train = rows(*"abab")
    splits = texts(tmp_path, train)
    path = str(tmp_path / "train.csv")
    twice = texts(tmp_path, train, val=path)
    assert len(twice.val or ()) == 4
    assert Corpus.of(twice).sizes == Corpus.of(splits).sizes == {"train": 4}


def test_a_split_that_is_a_part_of_another_is_a_leak(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    splits = texts(tmp_path, rows(*"ab" * 5), test=str(path), val=0.2)
    assert Corpus.of(splits).sizes == {"train": 8, "val": 2}
    assert len(splits.test or ()) == 10
    without_val = replace(splits, val=None)
    assert Corpus.of(without_val).sizes == {"train": 8, "test": 10}
    assert "8 texts of test are also in train" in [one.message for one in quick(without_val)]


def test_splits_of_one_table_are_all_there(tmp_path: Path) -> None:
    corpus = Corpus.of(texts(tmp_path, rows(*"ab" * 10), val=0.5))
    assert corpus.sizes == {"train": 10, "val": 10}
    assert len({corpus.place(where) for where in corpus.all()}) == 20
    assert (corpus.noun, corpus.in_files) == ("text", False)
