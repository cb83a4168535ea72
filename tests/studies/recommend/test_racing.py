"""Who goes on in a race, and what is expected to be needed."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.schema import Experiment
from ftcli.studies.recommend.contest import chosen_to_race, is_over
from ftcli.studies.recommend.racing import Entrant, next_seconds, race, seconds_of, to_promote
from ftcli.studies.recommend.ranking.records import Raced
from ftcli.studies.trials import Rung
from tests.studies.recommend.made_up import raced, row, share


def entrant(name: str, expected: float, result: Raced | None = None) -> Entrant:
    return Entrant(name, Experiment(), Path(name), expected, {} if result is None else {result.share: result})


def test_the_better_ones_go_on_whatever_the_direction_of_the_figure() -> None:
    up = [Raced("accuracy", value, 0.33, 1.0) for value in (0.7, 0.9, 0.8)]
    down = [Raced("mse", value, 0.33, 1.0) for value in (0.7, 0.9, 0.8)]
    assert to_promote(up) == [1, 2]
    assert to_promote(down) == [0, 2]


def test_what_was_measured_says_what_the_rest_takes() -> None:
    assert next_seconds(entrant("a", 90.0), 1 / 3) == 30.0
    begun = entrant("a", 90.0, Raced("accuracy", 0.5, 0.25, 10.0))
    assert next_seconds(begun, 1.0) == 30.0
    assert next_seconds(begun, 0.2) == 0.0


def test_without_time_nothing_is_raced_and_that_is_said() -> None:
    entrants = [entrant(name, 300.0) for name in "abc"]
    said = list(race(entrants, lambda: 100.0, lambda words: None, lambda one: None))
    assert said == [
        "c was not raced: about 300 s are needed for all, and 100 s are left",
        "the race ended before 33% of the steps: about 200 s are needed, and 100 s are left",
    ]
    assert not Path("a").exists()


def test_the_favourite_of_the_prior_takes_part() -> None:
    rows = [row(name, share(50)) for name in "abcd"]
    assert [one.label for one in chosen_to_race(rows, (1, 2, 3, 9), 3)] == ["a", "b", "d"]
    assert [one.label for one in chosen_to_race(rows, (9, 2, 3, 1), 2)] == ["a", "b"]
    assert chosen_to_race(rows, (), 0) == []


def test_a_race_is_over_when_the_promoted_have_come_to_the_end() -> None:
    third, end = raced(share(5, 9), 1.0, 1 / 3), raced(share(5, 9), 3.0)
    assert is_over([{**third, **end}, {**third, **end}, third])
    assert not is_over([{**third, **end}, third, third])
    assert not is_over([{**third, **end}, {**third, **end}, {}])
    assert not is_over([third, third])


def test_steps_of_an_interrupted_call_count_in_the_time() -> None:
    def rung(step: int, steps_run: int) -> Rung:
        return Rung(1.0, step, 0.5, 0.5, 0.0, True, steps_run, opening=2.0)

    third = Raced("accuracy", 0.5, 1 / 3, 10.0, step=20)
    assert seconds_of(rung(60, 60), 30.0, None) == 30.0
    assert seconds_of(rung(60, 40), 22.0, third) == 32.0
    # The other 30 steps were taken by a call that was interrupted: at the speed of these 10.
    assert seconds_of(rung(60, 10), 7.0, third) == 10.0 + 2.0 + 4 * 5.0
    assert seconds_of(rung(60, 0), 1.0, third) == 30.0
