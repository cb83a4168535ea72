"""Examples held out of the training split."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data
from tests.data.opening import ids, mistake, opened
from tests.tiny import data as tiny


@pytest.mark.parametrize("kind", ["single", "multi", "number"])
def test_a_carved_split_depends_on_seed_and_ids_alone(tmp_path: Path, kind: str) -> None:
    rows = {"single": tiny.reviews, "multi": tiny.topics, "number": tiny.quantities}[kind](40)
    data = Data(train=str(tiny.table(tmp_path / "a.tsv", rows)), val=0.25, test=0.25,
                label_separator="|" if kind == "multi" else None)  # fmt: skip
    wants: str = "number" if kind == "number" else "category"
    one, same, other = (opened(data, wants=wants, seed=seed) for seed in (1, 1, 2))
    parts = [ids(part) for part in (one.train, one.val, one.test)]
    assert [len(part) for part in parts] == [20, 10, 10]
    assert sorted([*parts[0], *parts[1], *parts[2]], key=int) == [str(number) for number in range(1, 41)]
    assert parts == [ids(part) for part in (same.train, same.val, same.test)]
    assert parts[1] != ids(other.val)


def test_a_fraction_takes_from_each_class_and_leaves_one(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": label} for n, label in enumerate(["a"] * 10 + ["b"] * 2 + ["c"])]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", rows)), val=0.2))
    assert splits.val is not None
    assert sorted(map(str, splits.val.targets())) == ["a", "a", "b"]
    assert splits.target.counts == (8, 1, 1)


def test_a_rare_label_of_many_stays_in_training(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": "often" + "|rare" * (n == 3)} for n in range(10)]
    path = str(tiny.table(tmp_path / "a.csv", rows))
    for seed in range(8):
        splits = opened(Data(train=path, val=0.5, label_separator="|"), seed=seed)
        assert dict(zip(splits.target.classes, splits.target.counts, strict=True))["rare"] == 1


def test_validation_that_was_not_asked_for_is_told(tmp_path: Path) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews(20)))
    splits = opened(Data(train=path))
    assert splits.val is not None
    assert len(splits.val) == 4
    assert splits.val_fraction == 0.2
    again = opened(Data(train=path, val=0.2))
    assert again.val is not None
    assert [again.val[n].id for n in range(4)] == [splits.val[n].id for n in range(4)]
    assert opened(Data(train=path, val=0.0)).val_fraction is None


def test_per_class_is_seeded(tmp_path: Path) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews(40)))
    one, same, other = (opened(Data(train=path, per_class=3, val=0.5), seed=seed) for seed in (1, 1, 2))
    assert one.target.counts == (3, 3)
    assert one.val is not None
    assert len(one.val) == 20  # validation is taken first
    assert ids(one.train) == ids(same.train) != ids(other.train)


def test_fractions_have_bounds(tmp_path: Path) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews()))
    assert "data.val: is 1.5: a fraction" in mistake(Data(train=path, val=1.5))
    assert "val and test together take 1.1" in mistake(Data(train=path, val=0.6, test=0.5))
