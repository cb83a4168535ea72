"""The scheduler as a pure function, on synthetic curves."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace

import pytest

from ftcli.studies.tuning.halving import ETA, RUNGS, Job, Standing, jobs

QUALITIES = [0.50, 0.62, 0.41, 0.73, 0.55, 0.69, 0.47, 0.81, 0.58]


def curve(number: int, rung: int) -> float:
    """A trial gets better as it trains, and their order at a rung is that of the end."""
    return float(QUALITIES[number] * RUNGS[rung] ** 0.1)


def simulated(workers: int, seed: int, trials: int = len(QUALITIES)) -> tuple[list[Standing], list[Job]]:
    """All trials, with jobs that take random times."""
    choice, standings = random.Random(seed), [Standing(0, pinned=True, sent=-1)]
    running: list[Job] = []
    done: list[Job] = []
    while True:
        while len(running) < workers:
            job = next(jobs(standings, more=len(standings) < trials), None)
            if job is None:
                break
            if job.number is None:
                standings.append(Standing(len(standings)))
                job = Job(len(standings) - 1, 0)
            assert job.number is not None
            assert not standings[job.number].busy
            standings[job.number] = replace(standings[job.number], busy=True, sent=job.rung)
            running.append(job)
        if not running:
            return standings, done
        job = running.pop(choice.randrange(len(running)))
        assert job.number is not None
        one = standings[job.number]
        values = (*one.values, curve(job.number, job.rung))
        standings[job.number] = replace(one, busy=False, values=values)
        done.append(job)


@pytest.mark.parametrize(("workers", "seed"), [*itertools.product((1, 2, 4, 8), range(6))])
def test_the_best_are_trained_to_the_end(workers: int, seed: int) -> None:
    standings, done = simulated(workers, seed)
    assert max(Counter(done).values()) == 1  # no rung of a trial is trained twice
    assert [one.number for one in standings if not one.values] == []
    for rung in range(len(RUNGS) - 1):
        there = sorted(
            (one for one in standings[1:] if len(one.values) > rung), key=lambda one: -one.values[rung]
        )
        assert all(len(one.values) > rung + 1 for one in there[: max(1, len(there) // ETA)])
    finished = {one.number for one in standings if len(one.values) == len(RUNGS)}
    assert {0, 7} <= finished


def test_the_order_of_the_reports_decides_nothing() -> None:
    standings = [
        Standing(0, (0.5,), 0, pinned=True),
        Standing(1, (0.7,)),
        Standing(2, (0.7, 0.9), 1),
        Standing(3, (0.1,)),
        Standing(4, (0.8,), 1),  # whose worker is gone
        Standing(5, (0.2,)),
    ]
    wanted = list(jobs(standings, more=True))
    assert wanted == [Job(4, 1), Job(0, 1), Job(None, 0)]
    for order in itertools.permutations(standings):
        assert list(jobs(order, more=True)) == wanted


def test_what_is_paused_is_promoted_once_enough_others_are_worse() -> None:
    two = [Standing(1, (0.7,)), Standing(2, (0.6,))]
    assert list(jobs(two, more=True)) == [Job(None, 0)]
    assert list(jobs([*two, Standing(3, (0.1,))], more=True)) == [Job(1, 1), Job(None, 0)]
    # Another is better meanwhile; of six, two go on.
    six = [*two, *(Standing(number, (0.1,)) for number in (3, 4, 5)), Standing(6, (0.9,))]
    assert list(jobs(six, more=True)) == [Job(6, 1), Job(1, 1), Job(None, 0)]


def test_at_the_end_the_best_is_finished_however_few_there_are() -> None:
    assert list(jobs([Standing(1, (0.7,)), Standing(2, (0.9,))], more=False)) == [Job(2, 1)]
    assert list(jobs([Standing(1, (0.7,)), Standing(2, (0.9, 0.9, 0.9), 2)], more=False)) == []


def test_the_default_takes_no_place() -> None:
    done = Standing(0, (0.9, 0.9, 0.9), 2, pinned=True)
    assert list(jobs([done, Standing(1, (0.7,)), Standing(2, (0.8,))], more=False)) == [Job(2, 1)]


def test_no_number_and_a_failure_are_never_promoted() -> None:
    spoilt = [Standing(1, (float("nan"),)), Standing(2, (0.9,), failed=True), Standing(3, (0.1,))]
    assert list(jobs(spoilt, more=False)) == [Job(3, 1)]
    busy = [Standing(1, (0.9,), sent=1, busy=True), Standing(3, (0.1,)), Standing(4, (0.1,))]
    assert list(jobs(busy, more=False)) == []
