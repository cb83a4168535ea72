"""The race: candidates fine-tuned by the default recipe, paused at a share of their steps, the better ones promoted.

They are compared on the validation split alone: of what is held out for testing nothing is scored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftcli.config.schema import Experiment
from ftcli.runs.assembly import watched_figure
from ftcli.runs.directory import RunDirectory
from ftcli.runs.inference.evaluating import labelled
from ftcli.runs.inference.predictor import Predictor
from ftcli.studies.recommend.records import OutOfTimeError, Raced
from ftcli.studies.trials import Trial

# Shares of the steps at which the race pauses, and how many go on behind each.
SHARES = (1 / 3, 1.0)
PROMOTED = 2


@dataclass(slots=True)
class Entrant:
    """One candidate of a race: its experiment, a folder for it, and the seconds that all of it may take."""

    name: str
    experiment: Experiment
    folder: Path
    expected: float
    result: Raced | None = None


def to_promote(results: Sequence[Raced], most: int = PROMOTED) -> list[int]:
    """The numbers of those that go on, the best first."""
    order = sorted(range(len(results)), key=lambda i: -results[i].better)
    return order[:most]


def next_seconds(entrant: Entrant, share: float) -> float:
    """What is expected to be needed to come to a share of the steps."""
    done = entrant.result
    if done is None or done.share <= 0:
        return entrant.expected * share
    return max(0.0, done.seconds / done.share * (share - done.share))


def race(
    entrants: Sequence[Entrant],
    left: Callable[[], float],
    say: Callable[[str], None],
    finished: Callable[[Entrant], None],
) -> Iterator[str]:
    """Train the entrants as far as the time that is `left` allows; yields sentences on what it does not allow.

    `finished` is called with each entrant that has a result at one of the shares. Raises `Interruption` for a signal,
    behind which the same call goes on where it was.
    """
    going = list(entrants)
    for share in SHARES:
        needed = sum(next_seconds(one, share) for one in going)
        while len(going) > PROMOTED and needed > left():
            dropped = going.pop()
            yield f"{dropped.name} was not raced: about {needed:.0f} s are needed for all, and {left():.0f} s are left"
            needed = sum(next_seconds(one, share) for one in going)
        if needed > left():
            part = f"{share:.0%} of the steps" if share < 1 else "all steps"
            yield f"the race ended before {part}: about {needed:.0f} s are needed, and {left():.0f} s are left"
            return
        for one in going:
            say(f"racing {one.name} to {share:.0%} of its steps")
            try:
                _advance(one, share, left)
            except OutOfTimeError:
                yield f"the race ended while {one.name} was trained to {share:.0%} of its steps: time is over"
                return
            finished(one)
        results = [one.result for one in going if one.result is not None]
        going = [going[i] for i in to_promote(results)]


def _advance(entrant: Entrant, share: float, left: Callable[[], float]) -> None:
    """Train to a share of the steps. Raises `OutOfTimeError`; what the last checkpoint has is kept."""
    before = entrant.result
    if before is not None and before.share >= share:
        return
    trial, started = Trial(entrant.experiment, entrant.folder), time.monotonic()
    deadline = started + left()

    def watch(report: object) -> None:
        if time.monotonic() > deadline:
            raise OutOfTimeError

    trial.watch = watch
    rung = trial.advance(share)
    seconds = time.monotonic() - started + (before.seconds if before is not None else 0.0)
    metric = watched_figure(entrant.experiment, RunDirectory(entrant.folder).target())
    found = best_scores(entrant.folder, metric) if rung.finished else (rung.metric, ())
    entrant.result = Raced(metric, found[0], rung.share, round(seconds, 1), found[1])


def best_scores(run: Path, metric: str) -> tuple[float, tuple[float, ...]]:
    """The figure of a run's best checkpoint on its validation split, and the score of each example, in their order.

    Scores are empty where examples have none, as pieces of packed texts.
    """
    predictor = Predictor.open(run)
    _, split, _ = labelled(predictor, "val", predictor.experiment.data)
    scores = predictor.scores(split)
    value = float(scores.figures[metric])
    if scores.seen is None:
        return value, ()
    seen = scores.seen
    found = predictor.task.example_scores(seen.outcomes, seen.metrics).score
    return value, tuple(float(found[place]) for place in seen.places.tolist())
