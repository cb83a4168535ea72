"""A sample of a large split."""

from __future__ import annotations

from collections import Counter

from ftcli.runs.probing.sample import LEAST_OF_EACH, spread


def test_classes_are_in_proportion_and_rare_ones_are_there() -> None:
    labels = ["many"] * 8000 + ["some"] * 2000 + ["rare"] * 30
    chosen = spread(labels, 500, seed=0)
    counts = Counter(labels[index] for index in chosen)
    assert len(chosen) == len(set(chosen.tolist())) == 500
    assert counts["rare"] == LEAST_OF_EACH
    assert 3.5 < counts["many"] / counts["some"] < 4.2
    assert chosen.tolist() == sorted(chosen.tolist())


def test_few_of_very_many_classes_have_some_of_each() -> None:
    assert {index // 50 for index in spread([index // 50 for index in range(5000)], 200, 0).tolist()} == {
        *range(100)
    }


def test_it_is_the_same_for_a_seed() -> None:
    labels = [0] * 50
    assert spread(labels, 9, 1).tolist() == spread(labels, 9, 1).tolist() != spread(labels, 9, 2).tolist()
