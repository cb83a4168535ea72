"""The splits as findings see them."""

from __future__ import annotations

from pathlib import Path

from ftcli.findings.corpus import Corpus
from tests.findings.corpora import rows, texts


def test_a_split_that_is_given_twice_is_there_once(tmp_path: Path) -> None:
    train = rows(*"abab")
    splits = texts(tmp_path, train)
    path = str(tmp_path / "train.csv")
    twice = texts(tmp_path, train, val=path)
    assert len(twice.val or ()) == 4
    assert Corpus.of(twice).sizes == Corpus.of(splits).sizes == {"train": 4}


def test_splits_of_one_table_are_all_there(tmp_path: Path) -> None:
    corpus = Corpus.of(texts(tmp_path, rows(*"ab" * 10), val=0.5))
    assert corpus.sizes == {"train": 10, "val": 10}
    assert len({corpus.place(where) for where in corpus.all()}) == 20
    assert (corpus.noun, corpus.in_files) == ("text", False)
