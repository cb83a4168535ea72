"""How long a training will take: said once a phase, from its own first steps, as phases differ in speed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ftcli.cli.phases import Phase, phases
from ftcli.errors import counted

if TYPE_CHECKING:
    from ftcli.runs.training import Training
    from ftcli.training.reports import EpochReport

# Seconds of steps that are enough to know a phase by; a shorter first epoch says it at its end, validation included.
ENOUGH = 10.0


class Estimate:
    """Watches the clock at each report; waits for nothing."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._phases = phases(training)
        self._said: Phase | None = None
        # When the first step that was seen of a phase was done, and its number.
        self._begun: tuple[Phase, float, int] | None = None

    def step(self, epoch: int, step: int) -> str | None:
        """What is known after a step, if it is new."""
        phase, now = self._phase(epoch), time.monotonic()
        # The first step is slower than the others.
        if self._begun is None or self._begun[0] != phase:
            self._begun = phase, now, step
        seconds, steps = now - self._begun[1], step - self._begun[2]
        if self._said == phase or seconds < ENOUGH or not steps:
            return None
        per_epoch = self._training.fit.steps_per_epoch
        left = phase.last * per_epoch - step
        unknown = "" if self._training.session.splits.val is None else " without validation"
        return self._say(phase, seconds / steps * left, step // per_epoch, unknown)

    def epoch(self, report: EpochReport) -> str | None:
        """What is known after an epoch, if it is new."""
        phase = self._phase(report.epoch)
        if self._said == phase or report.epoch == phase.last or report.stopped:
            return None
        return self._say(phase, report.seconds * (phase.last - report.epoch), report.epoch, "")

    def _phase(self, epoch: int) -> Phase:
        return next(phase for phase in self._phases if epoch <= phase.last)

    def _say(self, phase: Phase, seconds: float, done: int, unknown: str) -> str:
        self._said = phase
        early = self._training.fit.plan.patience is not None and phase == self._phases[-1]
        what = f" ({phase.words})" if len(self._phases) > 1 else ""
        left = phase.last - done
        epochs = f"the next {counted(left, 'epoch')}" if done else counted(left, "epoch")
        less = ", less if it stops early" if early else ""
        return f"about {duration(seconds)} for {epochs}{what}{unknown}{less}"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min`, `2 h 10 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
