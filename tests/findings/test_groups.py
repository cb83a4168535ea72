"""Groups in several splits are noted where there is evidence that they are groups."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import open_splits
from ftcli.findings.corpus import Corpus
from ftcli.findings.groups import COLUMN, on_groups
from tests.findings.corpora import texts
from tests.tiny import data as tiny


def messages(folder: Path, train: Iterable[str], val: Iterable[str]) -> list[str]:
    """Names of files by split, each in the class folder that stands before its slash."""
    for number, name in enumerate([*(f"train/{one}" for one in train), *(f"val/{one}" for one in val)]):
        tiny.image(folder / f"{name}.png", size=(8, 8), seed=number)
    splits = open_splits(Data(source=str(folder)), inputs=(IMAGE,), wants="category", seed=0, places={})
    return [one.message for one in on_groups(Corpus.of(splits))]


def named(pattern: str, groups: Iterable[object], count: int = 4, first: int = 0) -> list[str]:
    """Files with numbers, in the class a or b by their number; {g} is the group."""
    numbers = range(first, first + count)
    return [f"{'ab'[n % 2]}/{pattern.format(g=group, n=n)}" for group in groups for n in numbers]


@pytest.mark.parametrize("pattern", ["patient{g}_{n}", "s{g}-{n:03}", "{g}TP_f{n}", "speaker {g}.{n}"])
def test_names_that_begin_alike(pattern: str, tmp_path: Path) -> None:
    (found,) = messages(tmp_path, named(pattern, (1, 2, 3)), named(pattern, (3, 4), first=10))
    assert found == "1 of 4 groups of files whose names begin alike is in more than one of train, val"


@pytest.mark.parametrize(
    ("train", "val"),
    [
        # No group is in both.
        (named("patient{g}_{n}", (1, 2)), named("patient{g}_{n}", (3, 4))),
        # Running numbers, words and dates.
        (named("{g}{n}", (1, 2)), named("{g}{n}", (1, 2), first=10)),
        (named("{g}_{n}", ("left", "right")), named("{g}_{n}", ("left", "right"), first=10)),
        (named("{g}_{n}", (20240101, 20240102)), named("{g}_{n}", (20240101, 20240102), first=10)),
        # All of one name.
        (named("img2_{n}", (0,), 8), named("img2_{n}", (0,), 8, first=10)),
        # Two of each.
        (named("p{g}_{n}", range(8), 2), named("p{g}_{n}", range(8), 2, first=10)[:4]),
        # The classes under another name.
        (
            [f"{c}/n0{c}_{n}" for c in "ab" for n in range(5)],
            [f"{c}/n0{c}_{n}" for c in "ab" for n in range(5, 9)],
        ),
    ],
)
def test_what_is_no_evidence(train: list[str], val: list[str], tmp_path: Path) -> None:
    assert messages(tmp_path, train, val) == []


def test_a_column_that_is_kept(tmp_path: Path) -> None:
    train = [{"text": f"t{n}", "label": "ab"[n % 2], "speaker": "xyz"[n % 3]} for n in range(12)]
    val = [{"text": f"v{n}", "label": "ab"[n % 2], "speaker": "zw"[n % 2]} for n in range(6)]
    splits = texts(tmp_path, train, val, keep=("speaker",))
    (found,) = on_groups(Corpus.of(splits))
    assert (found.kind, found.severity, found.count) == ("group-in-two-splits", "note", 1)
    assert found.message == "1 of 4 values of speaker is in more than one of train, val"
    assert found.places == (f"z: {tmp_path / 'train.csv'}:4, {tmp_path / 'val.csv'}:2",)


@pytest.mark.parametrize("name", ["speaker", "Patient_ID", "subjects", "user id", "video-no"])
def test_columns_that_are_called_like_groups(name: str) -> None:
    assert COLUMN.fullmatch(name)


@pytest.mark.parametrize("name", ["text", "username_length", "grouping", "id", "personality", "sessional"])
def test_columns_that_are_not(name: str) -> None:
    assert not COLUMN.fullmatch(name)
