"""How long a training will take: said once a phase, from its own first steps, as phases differ in speed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ftcli.cli.phases import Phase, phases
from ftcli.errors import counted

if TYPE_CHECKING:
    from ftcli.runs.training import Training
    from ftcli.training.reports import EpochReport

# A shorter wait is not worth a line.
SHORT = 10.0
# Seconds of steps, or of an epoch, that are enough to know the others by; after a shorter first epoch, in which all
# is done for the first time, the second says it.
ENOUGH = 10.0


class Estimate:
    """Watches the clock at each report; waits for nothing.

    It holds nothing of the training, which holds it: in a circle the processes that read would outlive the run.
    """

    def __init__(self, training: Training) -> None:
        self._phases = phases(training)
        self._steps_per_epoch = training.fit.steps_per_epoch
        self._validated = training.session.splits.val is not None
        self._patient = training.fit.plan.patience is not None
        # A limit of time is what it will take.
        self._limited = training.fit.plan.seconds is not None
        self._said: Phase | None = None
        # The phase of the last epoch that was seen.
        self._seen: Phase | None = None
        # The epoch, when its first step that was seen was done, and its number.
        self._begun: tuple[int, float, int] | None = None
        # Whether features were computed in this epoch, which later ones find on disk.
        self._computed = False

    def features(self) -> None:
        """Features are computed: this epoch takes longer than those that find them."""
        self._computed = True

    def step(self, epoch: int, step: int) -> str | None:
        """What is known after a step, if it is new."""
        phase, now = self._phase(epoch), time.monotonic()
        # The first step is slower than the others.
        if self._begun is None or self._begun[0] != epoch:
            self._begun = epoch, now, step
        seconds, steps = now - self._begun[1], step - self._begun[2]
        if self._limited or self._said == phase or seconds < ENOUGH or not steps:
            return None
        per_epoch = self._steps_per_epoch
        left = phase.last * per_epoch - step
        unknown = " without validation" if self._validated else ""
        return self._say(phase, seconds / steps * left, step // per_epoch, unknown)

    def epoch(self, report: EpochReport) -> str | None:
        """What is known after an epoch, if it is new."""
        phase = self._phase(report.epoch)
        like_the_others = not self._computed and (self._seen == phase or report.seconds >= ENOUGH)
        self._seen, self._computed = phase, False
        if (
            self._limited
            or self._said == phase
            or not like_the_others
            or report.epoch == phase.last
            or report.stopped
        ):
            return None
        seconds = report.seconds * (phase.last - report.epoch)
        return None if seconds < SHORT else self._say(phase, seconds, report.epoch, "")

    def _phase(self, epoch: int) -> Phase:
        return next(phase for phase in self._phases if epoch <= phase.last)

    def _say(self, phase: Phase, seconds: float, done: int, unknown: str) -> str:
        self._said = phase
        early = self._patient and phase == self._phases[-1]
        what = f" ({phase.words})" if len(self._phases) > 1 else ""
        left = phase.last - done
        epochs = counted(left, "epoch")
        if done:
            epochs = "the next epoch" if left == 1 else f"the next {epochs}"
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
