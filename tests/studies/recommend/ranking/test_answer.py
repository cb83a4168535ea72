"""The answer on made-up evidence."""

from __future__ import annotations

from dataclasses import replace

from ftcli.studies.recommend.ranking.answer import Answer, answer
from ftcli.studies.recommend.ranking.rows import Row
from tests.studies.recommend.made_up import raced, row, share


def found(rows: list[Row], **options: bool) -> Answer:
    answered = answer(rows, 100, **options)
    assert answered is not None
    return answered


def test_the_best_is_chosen_where_the_others_are_worse() -> None:
    given = found([row("good", share(90), train=100), row("bad", share(50), train=1)])
    assert (given.best.label, given.chosen.label) == ("good", "good")
    assert given.words == "the best by frozen features"
    assert given.settled
    assert not given.alike


def test_a_cheaper_one_within_noise_is_chosen_unless_the_best_is_asked_for() -> None:
    rows = [row("good", share(90), train=100), row("near", share(89, first=1), train=50)]
    given = found(rows)
    assert (given.best.label, given.chosen.label) == ("good", "near")
    assert given.words == (
        "no difference between them by frozen features (p 1.00), in 50 % of the time of good"
    )
    assert given.alike
    assert found(rows, best_only=True).chosen.label == "good"


def test_the_best_is_not_called_the_cheapest_where_it_is_not() -> None:
    """The other is cheaper and not shown to be worse, but worse by more than one standard error."""
    rows = [row("good", share(15, of=30), train=100), row("cheap", share(11, of=30, first=8), train=50)]
    given = found(rows)
    assert given.alike
    assert given.chosen.label == "good"
    assert given.words == "the best by frozen features, though no other is shown to be worse"


def test_a_control_that_ties_says_that_none_helps() -> None:
    given = found([row("good", share(50)), row("random", share(49, first=1), control=True)])
    assert given.control_ties
    assert given.words.startswith("none of these helps")
    assert not found([row("good", share(90)), row("random", share(40), control=True)]).control_ties


def test_what_was_fine_tuned_decides_over_features() -> None:
    rows = [
        row("a", share(90), train=100, rungs=raced(share(80), 60)),
        row("b", share(85), train=100, rungs=raced(share(95), 70)),
        row("c", share(84), train=1),
    ]
    given = found(rows)
    assert given.raced == 1.0
    assert (given.best.label, given.chosen.label) == ("b", "b")
    assert given.words == "the best fine-tuned, on the validation split"
    assert given.differences.keys() == {"a"}


def test_a_race_is_judged_where_two_have_come() -> None:
    third = 1 / 3
    begun = {**raced(share(80), 20, third), **raced(share(99), 60)}
    rows = [row("a", share(90), rungs=begun), row("b", share(60), rungs=raced(share(95), 20, third))]
    given = found(rows)
    assert given.raced == third
    assert given.best.label == "b"
    assert given.words == "the best fine-tuned to 33% of the steps, on the validation split"


def test_one_that_ended_before_the_others_is_compared_with_them_at_the_end() -> None:
    early = {1 / 3: replace(raced(share(97), 9)[1.0], share=1.0)}
    whole = {**raced(share(80), 20, 1 / 3), **raced(share(95), 60)}
    given = found([row("a", share(90), rungs=whole), row("b", share(60), rungs=early)])
    assert (given.raced, given.best.label) == (1.0, "b")


def test_one_that_was_raced_alone_decides_nothing() -> None:
    rows = [row("a", share(90)), row("b", share(60), rungs=raced(share(95), 70))]
    assert found(rows).raced == 0
    assert found(rows).best.label == "a"


def test_a_race_without_scores_of_examples_has_a_best_all_the_same() -> None:
    rows = [row(name, None, rungs=raced(share(right), 9)) for name, right in (("a", 50), ("b", 60))]
    for one in rows:
        one.rungs = {1.0: replace(one.rungs[1.0], scores=())}
    given = found(rows)
    assert given.chosen.label == "b"
    assert given.words == "the best fine-tuned, on the validation split"


def test_one_candidate_is_the_answer() -> None:
    assert found([row("a", share(70))]).words == "the only candidate with a figure"


def test_a_network_from_nothing_is_an_answer_where_there_is_no_other() -> None:
    given = found([row("scratch", None, control=True)])
    assert given.chosen.label == "scratch"
    assert "learns from nothing" in given.words
    assert answer([], 100) is None


def test_what_costs_more_and_is_worse_is_not_in_the_set_of_pareto() -> None:
    given = found(
        [row("a", share(90), train=10), row("b", share(80), train=20), row("c", share(70), train=5)]
    )
    assert given.undominated == {"a": True, "b": False, "c": True}
