"""The pooled order of candidates."""

from __future__ import annotations

from ftcli.studies.recommend.ranking.rows import ordered
from tests.studies.recommend.made_up import facts, row, share


def test_evidence_decides_where_sources_are_not_comparable() -> None:
    rows = [
        row("a", share(80), facts=facts(parameters=9, source="bert")),
        row("b", share(90), facts=facts(parameters=5, source="vit")),
    ]
    order = ordered(rows, 100)
    assert [one.label for one in order.rows] == ["b", "a"]
    assert order.weight == 0.0


def test_the_prior_decides_where_examples_are_few_and_evidence_is_close() -> None:
    rows = [
        row("small", share(81), facts=facts(parameters=5)),
        row("large", share(80), facts=facts(parameters=9)),
    ]
    assert [one.label for one in ordered(rows, 100).rows] == ["large", "small"]
    assert [one.label for one in ordered(rows, 2000).rows] == ["small", "large"]
    assert ordered(rows, 100).prior is not None
    assert ordered(rows, 100).prior.values == ((9, 0), (5, 0))  # type: ignore[union-attr]


def test_without_any_evidence_the_prior_orders_them() -> None:
    rows = [row("a", None, facts=facts(parameters=5)), row("b", None, facts=facts(parameters=9))]
    order = ordered(rows, 0)
    assert [one.label for one in order.rows] == ["b", "a"]
    assert order.weight == 1.0


def test_controls_and_candidates_without_figures_are_left_out() -> None:
    rows = [row("a", share(80)), row("b", None), row("c", share(90), control=True)]
    assert [one.label for one in ordered(rows, 100).rows] == ["a"]
    assert ordered([], 100).rows == ()
