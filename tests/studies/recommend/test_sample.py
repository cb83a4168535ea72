"""Samples of training examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ftcli.config.schema import Data
from ftcli.contracts.modalities import TEXT
from ftcli.data.splits import open_splits
from ftcli.data.splitting.selection import Selection
from ftcli.studies.recommend.sample import draw
from tests.tiny import data as tiny


def split(path: Path, rows: list[dict[str, str]], wants: str = "category") -> Selection:
    tiny.table(path, rows)
    data = Data(train=str(path), val=0.0)
    found = open_splits(data, inputs=(TEXT,), wants=wants, seed=0, places={}).train
    assert isinstance(found, Selection)
    return found


def test_samples_are_nested_and_the_same_again(tmp_path: Path) -> None:
    train = split(tmp_path / "a.csv", tiny.reviews(60))
    small, large = draw(train, 20, 0), draw(train, 40, 0)
    assert set(small.positions.tolist()) < set(large.positions.tolist())
    assert (draw(train, 20, 0).key, len(small)) == (small.key, 20)
    assert len({small.key, large.key, draw(train, 20, 1).key}) == 3
    assert len(draw(train, 1000, 0)) == 60


def test_a_key_follows_the_content(tmp_path: Path) -> None:
    rows = tiny.reviews(20)
    before = draw(split(tmp_path / "a.csv", rows), 20, 0).key
    rows[3]["text"] += " again"
    assert draw(split(tmp_path / "a.csv", rows), 20, 0).key != before


def test_texts_to_write_have_a_key_too(tmp_path: Path) -> None:
    rows = [{"text": one["text"], "target": one["label"]} for one in tiny.reviews(20)]
    before = draw(split(tmp_path / "a.csv", rows, "text"), 10, 0)
    assert (len(before), before.key) == (10, draw(split(tmp_path / "a.csv", rows, "text"), 10, 0).key)
    rows[4]["target"] = "other"
    assert draw(split(tmp_path / "a.csv", rows, "text"), 20, 0).key != before.key


def test_numbers_are_drawn_over_their_whole_range(tmp_path: Path) -> None:
    train = split(
        tmp_path / "a.csv", [{"text": f"a film {i}", "label": f"{i}.5"} for i in range(200)], "number"
    )
    found = np.asarray([float(str(one)) for one in draw(train, 20, 0).split.targets()])
    assert np.histogram(found, 10, (0, 200))[0].tolist() == [2] * 10


def test_copies_are_one_group(tmp_path: Path) -> None:
    rows = tiny.reviews(12)
    rows[5]["text"] = "The Same, words in another case!"
    rows[8]["text"] = "the same words in another case"
    sample = draw(split(tmp_path / "a.csv", rows), 12, 0)
    groups = sample.groups(("good", "bad"))
    assert groups[5] == groups[8]
    assert len(set(groups.tolist())) == 11
