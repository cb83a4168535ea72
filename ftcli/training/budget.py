"""A limit of time: what is left of it, and how many optimizer steps that is enough for.

The figures are measured: seconds of a step, of what comes between two epochs (evaluation and saving), and of what
follows the last step. All of it is by one clock, and `Course` decides by it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

# Of the limit, that is aimed at: what follows the last step may take longer than was measured.
AIM = 0.99
# The share of the limit by which the end that is expected may miss that before it is decided again.
TOLERANCE = 0.01
# Steps of a phase after which its speed is known.
KNOWN = 3
# Steps after which older ones count half.
MEMORY = 200
# The share of what is left after which it is looked at again, and the fewest seconds between.
AGAIN, OFTEN = 0.25, 0.5
# Seconds of the papers of a run (its outcomes, receipt, report and card), and of the end of the process.
PAPERS = 1.5


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds: of a step, between two epochs, and after the last step."""

    step: float
    between: float
    end: float


def steps_within(seconds: float, costs: Costs, *, epoch_left: int, per_epoch: int) -> int:
    """How many more steps fit into `seconds`, of which `epoch_left` are left in the epoch that has begun."""
    left, step = seconds - costs.end, max(costs.step, 1e-9)
    if left <= epoch_left * step + costs.between:
        return max(0, min(epoch_left, int(left / step)))
    left -= epoch_left * step + costs.between
    whole, rest = divmod(left, per_epoch * step + costs.between)
    return epoch_left + int(whole) * per_epoch + min(per_epoch, int(rest / step))


@dataclass(frozen=True, slots=True)
class Scoring:
    """How large what is scored is, in examples: after each epoch, and when training is over."""

    val: int = 0
    end: int = 0
    # How often the validation split is scored again at the end, such as for an average of weights.
    passes: int = 0


class Budget:
    """A limit of `seconds` since `began`, which `clock` gave, and the speed of a training that keeps to it.

    `filling` gives the seconds of an example whose features had to be computed, once any were.
    """

    def __init__(
        self,
        seconds: float,
        *,
        scoring: Scoring,
        examples_per_step: int,
        filling: Callable[[], float] = lambda: 0.0,
        began: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = seconds
        self._clock, self._filling, self._scoring = clock, filling, scoring
        self._examples_per_step = max(1, examples_per_step)
        self._began = clock() if began is None else began
        # Seconds of the limit that earlier processes have used.
        self._before: float | None = None
        self._last_step: float | None = None
        self._look_at = 0.0
        # What the last evaluation took, and the slowest: the first, which decodes its examples.
        self._evaluation: float | None = None
        self._slowest = 0.0
        # From the last step of an epoch to the first of the next.
        self._between: float | None = None
        self._closed: float | None = None
        self.enter()
        self.new_phase()

    def new_phase(self) -> None:
        """What trains changes, and with it the speed."""
        self._steps, self._stepping = 0, 0.0

    def resume(self, used: float) -> None:
        """Earlier processes have used so many seconds; said once, as a process that goes back has used them all."""
        if self._before is None:
            self._before = used

    @property
    def used(self) -> float:
        """Seconds of the limit that are used."""
        return (self._before or 0.0) + self._clock() - self._began

    @property
    def left(self) -> float:
        """Seconds that are left of what is aimed at."""
        return self.seconds * AIM - self.used

    def enter(self) -> None:
        """An epoch begins. Its first step takes longer than others: data are opened, features may be computed."""
        self._last_step, self._entered = None, self._clock()

    def step(self) -> None:
        """A step was made."""
        now = self._clock()
        if self._last_step is not None:
            self._steps, self._stepping = self._steps + 1, self._stepping + now - self._last_step
            if self._steps == MEMORY:
                self._steps, self._stepping = MEMORY // 2, self._stepping / 2
        elif self._closed is not None:
            self._between = now - self._closed
        self._last_step = now

    def close(self) -> None:
        """The steps of an epoch were made, if any, and the evaluation after them."""
        self._closed = self._last_step
        self._evaluation = self._clock() - (self._entered if self._last_step is None else self._last_step)
        self._slowest = max(self._slowest, self._evaluation)

    def is_due(self) -> bool:
        """Whether it is time to look at the speed: after the first steps of a phase, then at shares of what is left."""
        if self._steps == KNOWN:
            return True
        return self._steps > KNOWN and self._clock() >= self._look_at

    def looked(self) -> None:
        """It was looked at."""
        self._look_at = self._clock() + max(OFTEN, AGAIN * self.left)

    def costs(self) -> Costs:
        """What is known of the speed."""
        step = self._stepping / self._steps if self._steps else 0.0
        sizes, filling = self._scoring, self._filling()
        evaluation = self._evaluation
        if evaluation is None:
            # A pass without gradients is about a third of a step.
            evaluation = max(step / 3 / self._examples_per_step, filling) * sizes.val
        between = evaluation if self._between is None else max(evaluation, self._between - step)
        slowest = max(evaluation, self._slowest)
        each = max(slowest / sizes.val if sizes.val else step / self._examples_per_step, filling)
        scoring = evaluation * sizes.passes + each * sizes.end
        return Costs(step, between, between + scoring + PAPERS)
