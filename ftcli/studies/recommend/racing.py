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
from ftcli.studies.recommend.ranking.records import PROMOTED, SHARES, Raced
from ftcli.studies.trials import Rung, Trial

_ROUNDING = 1e-9


@dataclass(slots=True)
class Entrant:
    """One candidate of a race: its experiment, a folder for it, and the seconds that all of it may take."""

    name: str
    experiment: Experiment
    folder: Path
    expected: float
    # By the share of the steps.
    rungs: dict[float, Raced]

    @property
    def result(self) -> Raced | None:
        """How far it is."""
        return self.rungs[max(self.rungs)] if self.rungs else None


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
            if share not in one.rungs and not _advance(one, share, left):
                yield f"the race ended while {one.name} was trained to {share:.0%} of its steps: the time was over"
                return
            finished(one)
        results = [one.rungs[share] for one in going]
        going = [going[i] for i in to_promote(results)]


def _advance(entrant: Entrant, share: float, left: Callable[[], float]) -> bool:
    """Train to a share of the steps, or as far as there is time, which is kept; whether it got there."""
    before = entrant.result
    trial, started = Trial(entrant.experiment, entrant.folder), time.monotonic()
    trial.deadline = time.monotonic() + left()
    rung = trial.advance(share)
    if not rung.finished and rung.share < share - _ROUNDING:
        return False
    held_out = trial.held_out("val")
    metric = watched_figure(entrant.experiment, RunDirectory(entrant.folder).target())
    seconds = seconds_of(rung, time.monotonic() - started, before)
    value = float(held_out.figures[metric])
    entrant.rungs[share] = Raced(metric, value, rung.share, round(seconds, 1), held_out.scores, rung.step)
    return True


def seconds_of(rung: Rung, elapsed: float, before: Raced | None) -> float:
    """The seconds of a training up to `rung`, of which this call took `elapsed`; `before` is the result before it.

    A call that was interrupted has left steps behind it, but no result: they count as long as those of this call.
    """
    start, earlier = (before.step, before.seconds) if before is not None else (0, 0.0)
    steps = rung.step - start
    if rung.steps_run >= steps:
        return earlier + elapsed
    if rung.steps_run:
        return earlier + rung.opening + (elapsed - rung.opening) * steps / rung.steps_run
    return earlier * rung.step / start if start else elapsed
