"""Counts of pairs of a true and a predicted class."""

from __future__ import annotations

import torch

from ftcli.metrics.pair_counts import PairCounts


def test_rows_are_true_classes_and_columns_predicted_ones() -> None:
    counts = PairCounts(("ant", "bee"))
    counts.update(torch.tensor([[2.0, 1.0], [0.0, 3.0], [0.0, 3.0]]), torch.tensor([0, 0, 1]))
    assert counts.matrix.tolist() == [[1, 1], [0, 1]]
    per_class = counts.per_class()
    assert (per_class.hits.tolist(), per_class.predicted.tolist(), per_class.support.tolist()) == (
        [1, 1],
        [1, 2],
        [2, 1],
    )


def test_negative_targets_are_not_counted_and_the_first_of_equals_is_predicted() -> None:
    counts = PairCounts(("ant", "bee"))
    counts.update(torch.zeros(1, 2, 2, 2), torch.tensor([[[0, 1], [-1, -1]]]))
    assert counts.matrix.tolist() == [[1, 0], [1, 0]]


def test_merged_counts_add_up() -> None:
    one, other = PairCounts(("ant", "bee")), PairCounts(("ant", "bee"))
    for counts in (one, other):
        counts.update(torch.eye(2), torch.tensor([0, 1]))
    one.merge(other)
    assert one.matrix.tolist() == [[2, 0], [0, 2]]
