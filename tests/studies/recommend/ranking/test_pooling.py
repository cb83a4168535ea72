"""Ranks by several measures and a prior, on made-up figures."""

from __future__ import annotations

import pytest

from ftcli.studies.recommend.ranking.pooling import pooled, prior_weight, ranks


def test_the_largest_is_first_and_equal_ones_share_a_rank() -> None:
    assert ranks([3.0, 1.0, 3.0, 2.0]).tolist() == [1.5, 4.0, 1.5, 3.0]


def test_what_is_unknown_is_last() -> None:
    assert ranks([None, -5.0, 2.0]).tolist() == [3.0, 2.0, 1.0]


def test_tuples_are_compared_by_their_first_difference() -> None:
    assert ranks([(71.0, 160), (71.0, 224), (58.0, 224)]).tolist() == [2.0, 1.0, 3.0]


def test_the_prior_counts_less_with_more_examples() -> None:
    weights = [prior_weight(n, comparable=True) for n in (0, 400, 500, 2000)]
    assert weights == pytest.approx([1.0, 5 / 9, 0.5, 0.2])
    assert prior_weight(400, comparable=False) == 0.0


def test_evidence_and_prior_are_mixed_by_rank() -> None:
    measures = {"probe": [0.8, 0.9], "nearest": [0.7, 0.9]}
    assert pooled(measures, [76.0, 71.0], 0.0).tolist() == [2.0, 1.0]
    assert pooled(measures, [76.0, 71.0], 0.75).tolist() == [1.25, 1.75]


def test_without_evidence_the_prior_decides() -> None:
    assert pooled({}, [10, 30, 20], 0.0).tolist() == [3.0, 1.0, 2.0]
