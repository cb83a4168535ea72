"""Where training stands in its plan, and how far it goes: epochs, phases, early stopping, and a limit of time.

With a limit (`Plan.seconds`) the number of steps is decided by the speed of the steps, evaluations and saves that were
made: after the first steps of each phase, and again whenever a quarter of what is left is used, if the end would then
miss the limit by more than a hundredth of it. The schedule is that of a run of so many steps: it reaches its end when
the time does. What was decided is part of `Progress`, and so of every checkpoint, and stays until it is decided again.

Steps have places: those of whole epochs one after the other. Where time ends an epoch before its last step, a run that
goes on with more time has fewer steps than places (`Progress.missed`). A phase that is not the last gets as much of the
time as it has of the plan's epochs; those that it has no time for are left out of the plan (`Progress.left_out`).

Every decision is kept with its place (`Progress.decided`), so that another training can `follow` them, and takes the
same steps at the same rates on a machine of another speed.

A killed run has used the time up to its newest checkpoint: nobody knows how long it went on after that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ftcli.errors import counted
from ftcli.training.budget import TOLERANCE, Budget, steps_within
from ftcli.training.distributed.group import Group
from ftcli.training.phases import Phases
from ftcli.training.reports import Plan, Progress, why_stopped


class Course:
    """The way of one training through its plan; `planned` gives the first epochs of its phases."""

    def __init__(
        self,
        plan: Plan,
        planned: Callable[[], Sequence[int]],
        steps_per_epoch: int,
        group: Group,
        budget: Budget | None = None,
    ) -> None:
        self.plan, self.steps_per_epoch, self.budget = plan, steps_per_epoch, budget
        self.progress = Progress(micro_batch=plan.micro_batch, limit=plan.seconds)
        self._planned, self._group = planned, group
        # The phase whose speed the budget knows.
        self._phase = -1
        # By step and finished epochs what another training has decided there; None where the clock decides.
        self._followed: Mapping[tuple[int, int], Mapping[str, Any]] | None = None

    @property
    def phases(self) -> Phases:
        """The phases, as far as they are decided."""
        progress = self.progress
        return Phases.shortened(
            self._planned(), self.plan.epochs, self.steps_per_epoch, progress.left_out, progress.length
        )

    @property
    def steps(self) -> int:
        """All the steps that are made or to be made."""
        return self.progress.step + max(0, self._length - self.place)

    @property
    def place(self) -> int:
        """The place of the next step."""
        return self.progress.step + self.progress.missed

    @property
    def begun(self) -> int:
        """Steps of the epoch that is not finished."""
        return self.place - self.progress.epoch * self.steps_per_epoch

    def at_epoch_end(self) -> bool:
        """Whether the epoch has no further step."""
        return self.begun >= self.steps_per_epoch or self.place >= self._length

    @property
    def _length(self) -> int:
        length = self.phases.epochs * self.steps_per_epoch
        return length if self.progress.length is None else min(length, self.progress.length)

    def follow(self, decided: Sequence[Mapping[str, Any]]) -> None:
        """Decide as another training of this plan has (`Progress.decided`), after the same steps, not by the clock.

        Raises `ValueError` for decisions on another number of phases.
        """
        if any(len(one["left_out"]) not in (0, len(self._planned())) for one in decided):
            raise ValueError("they are those of a plan with other phases")
        self._followed = {(one["step"], one["epoch"]): one for one in decided}

    def load(self, progress: Progress) -> None:
        """Go on from `progress`, by this plan, which may have more epochs, time or patience."""
        self.progress = progress
        if self.budget is not None:
            self.budget.resume(progress.used or progress.seconds + progress.epoch_seconds)
        if progress.stopped is not None:
            progress.stopped = self.why_stopped()
        # Time decides nothing any more, or another limit does.
        if progress.stopped is None and progress.limit != self.plan.seconds:
            progress.length, progress.limit = None, self.plan.seconds
        self._keep()

    def enter(self) -> int:
        """Begin an epoch, or the rest of one; which epoch of the plan it is."""
        epoch, progress = self.progress.epoch, self.progress
        phase = self.phases.index(epoch)
        if 0 < epoch == self.phases.starts[phase]:  # early stopping starts again
            progress.stale, progress.reference = 0, None
        progress.planned, progress.limit = self.plan.epochs, self.plan.seconds
        if self.budget is not None:
            if phase != self._phase:
                self.budget.new_phase()
            self.budget.enter()
        self._phase = phase
        return self.phases.in_plan(epoch)

    def evaluates(self) -> None:
        """An evaluation begins before the first step."""
        if self.budget is not None:
            self.budget.enter()

    def stepped(self) -> str | None:
        """A step was made: look at the time, if there is a limit. Gives what is decided, in words, where it is new."""
        budget = self.budget
        if budget is None:
            return None
        budget.step()
        self.progress.used = budget.used
        said = self._look(budget) if self._followed is None else self._follow(self._followed)
        self._keep()
        return said

    def _look(self, budget: Budget) -> str | None:
        over, due = budget.left <= budget.costs().end, budget.is_due()
        # By the clock of the process that leads.
        leads = self._group.leads
        over, due = map(bool, self._group.max(leads and over, leads and due))
        if over and self.place < self._length:
            return self._decide(self.place)
        if not due:
            return None
        budget.looked()
        self._share_out()
        return self._decide(self._enough())

    def finish_epoch(self) -> None:
        """The epoch has no further step."""
        self.progress.missed += self.steps_per_epoch - self.begun
        self.progress.epoch += 1

    def end_if_over(self) -> None:
        """Say why training is over, if it is: after an epoch that was finished, evaluated and judged, or a probe."""
        budget, progress = self.budget, self.progress
        if budget is not None:
            budget.close()
            progress.used = budget.used
            costs = budget.costs()
            over = budget.left < costs.step + costs.end
            if self._followed is not None:
                self._follow(self._followed)
            elif any(self._group.max(self._group.leads and over)) and self.place < self._length:
                progress.length = self.place
            self._keep()
        progress.stopped = self.why_stopped()

    def why_stopped(self) -> str | None:
        """Why training is over after the epochs that are finished; None if it goes on."""
        phases = self.phases
        last = phases.index(self.progress.epoch - 1) == len(phases.starts) - 1
        return why_stopped(self.progress, self.plan, last_phase=last)

    def departs(self, factor: Callable[..., float]) -> bool:
        """Whether steps were taken at other learning rates than this plan, of more or fewer epochs, gives them."""
        planned, now = self.progress.planned, self.plan.epochs
        if planned in (0, now) or self.plan.seconds is not None:
            return False
        before = Phases.shortened(
            self._planned(), planned, self.steps_per_epoch, self.progress.left_out, None
        )
        return any(
            factor(before.position(step)) != factor(self.phases.position(step))
            for step in range(min(self.place, now * self.steps_per_epoch))
        )

    def _enough(self) -> int:
        """The place where the time ends; that of now where the one that was decided is as good."""
        assert self.budget is not None
        costs, left = self.budget.costs(), self.budget.left
        place = self.place
        most = self.phases.epochs * self.steps_per_epoch
        epoch_left = self.steps_per_epoch - self.begun
        wanted = place + steps_within(left, costs, epoch_left=epoch_left, per_epoch=self.steps_per_epoch)
        wanted = min(most, wanted)
        near = abs(wanted - self._length) * costs.step <= TOLERANCE * self.budget.seconds
        return self._group.broadcast(self._length if near and self.progress.length is not None else wanted)

    def _decide(self, length: int) -> str | None:
        """All ends after `length` places. Gives that in words where it is new."""
        progress, most = self.progress, self.phases.epochs * self.steps_per_epoch
        if length == progress.length:
            return None
        first, progress.length = progress.length is None, length
        if length >= most:
            return None if first else f"there is time for all {self.phases.epochs} epochs"
        epochs, steps = length / self.steps_per_epoch, counted(length - progress.missed, "step")
        share = "less than one" if epochs < 1 else f"{epochs:.3g}"
        return f"there is time for {share} of {self.phases.epochs} epochs, {steps}"

    def _follow(self, followed: Mapping[tuple[int, int], Mapping[str, Any]]) -> str | None:
        """Decide what was decided here. Gives that in words."""
        found = followed.get((self.progress.step, self.progress.epoch))
        if found is None:
            return None
        self.progress.left_out = list(found["left_out"])
        if found["length"] is not None:
            return self._decide(found["length"])
        self.progress.length = None
        return None

    def _keep(self) -> None:
        """Keep what is decided, where that is new."""
        progress = self.progress
        last = progress.decided[-1] if progress.decided else {"length": None, "left_out": []}
        now = {"length": progress.length, "left_out": [*progress.left_out]}
        if any(last[key] != value for key, value in now.items()):
            progress.decided.append({"step": progress.step, "epoch": progress.epoch, **now})

    def _share_out(self) -> None:
        """Let the next phase begin sooner, where this one would use more than its share of the time."""
        assert self.budget is not None
        planned, phases, progress = self._planned(), self.phases, self.progress
        index = phases.index(progress.epoch)
        if index == len(planned) - 1:
            return
        share = planned[index + 1] / self.plan.epochs
        left, costs = self.budget.seconds * share - self.budget.used, self.budget.costs()
        costs, per_epoch = replace(costs, end=costs.between), self.steps_per_epoch
        fits = steps_within(left, costs, epoch_left=per_epoch - self.begun, per_epoch=per_epoch)
        end = progress.epoch + max(1, (self.begun + fits) // per_epoch)
        gap = max(phases.left_out[index], planned[index + 1] - end)
        gap = self._group.broadcast(gap)
        progress.left_out = [*phases.left_out[: index + 1], *[gap] * (len(planned) - 1 - index)]
