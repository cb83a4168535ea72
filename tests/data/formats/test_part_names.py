"""Names of parts."""

from __future__ import annotations

from ftcli.data.formats.part_names import are_parts, missing_parts, numbered_parts


def test_parts_of_splits() -> None:
    names = [
        "train-00001-of-00002.parquet",
        "train-00000-of-00002.parquet",
        "dev-set-00000-of-00001-0123456789abcdef.jsonl.gz",
        "README.md",
    ]
    assert numbered_parts(names) == {"train": sorted(names[:2]), "dev-set": [names[2]]}
    assert missing_parts(names[:1]) == 1
    assert missing_parts(names[:2]) == missing_parts(["a.csv"]) == 0


def test_names_that_differ_by_numbers() -> None:
    assert are_parts(["part-00000-ab1.c000.parquet", "part-00001-ab1.c000.parquet"])
    assert not are_parts(["films.csv", "books.csv"])
    assert not are_parts([])
