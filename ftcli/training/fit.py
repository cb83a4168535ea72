"""The training loop. It decides when; it yields reports and writes nothing.

    for epoch in the epochs that are left:
        policy.enter(model, epoch)                     # which parameters train
        for window in the epoch's batches, `accumulate` at a time, while there is time:
            learning rates = schedule.factor(position in the phase)
            for batch in window:                       # in smaller chunks where memory is short
                loss = task.loss(task.outputs(model, batch), batch)
                backward(loss)
            divide gradients by the count of units     # refuse NaN and infinity
            clip gradients; optimizer.step(); ema.update(model)
            yield StepReport
        check that weights and optimizer state are finite
        figures = evaluate(model with averaged weights)
        yield EpochReport                              # best epoch? early stop?

The caller records a report, saves `fit.state_dict()`, or stops iterating. Progress is two integers, so a run resumes
exactly after any step: the order of the examples and every random draw are functions of (seed, epoch, example) or
(seed, step).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Block, Loss, TaskCriterion
from ftcli.training import oom
from ftcli.training.budget import Budget
from ftcli.training.course import Course
from ftcli.training.ema import Ema
from ftcli.training.evaluate import to_device
from ftcli.training.not_finite import check_state, not_finite, not_finite_in
from ftcli.training.optimizers import parameter_groups, shard_state
from ftcli.training.pace import Pace
from ftcli.training.precision import clip_gradients, gradient_norm
from ftcli.training.reports import EpochReport, Plan, Progress, StepReport
from ftcli.training.schedules import Position
from ftcli.training.seeds import step_seed
from ftcli.training.strategy import Strategy
from ftcli.training.windows import examples_of, windows


class Batches(Protocol):
    """The batches of a training split."""

    def __len__(self) -> int:
        """Batches in one epoch, the same in each."""

    def epoch(self, epoch: int, skip: int = 0) -> Iterable[Batch]:
        """The batches of an epoch, counted from 0, but the first `skip`."""


class Fit:
    """Training of one model. `evaluate(model)` gives validation figures; it is None without a validation split.

    `improvement(figures)` is how much the metric must gain to count for early stopping. `trained` are the names of the
    parameters that train in any epoch. All ranks iterate in step: each takes its part of every batch. `budget` keeps to
    `plan.seconds`.
    """

    def __init__(
        self,
        model: nn.Module,
        task: TaskCriterion,
        batches: Batches,
        *,
        blocks: Sequence[Block],
        strategy: Strategy,
        plan: Plan,
        evaluate: Callable[[nn.Module], Mapping[str, float]] | None = None,
        improvement: Callable[[Mapping[str, float]], float] = lambda figures: 0.0,
        budget: Budget | None = None,
    ) -> None:
        self.model, self.task, self.batches, self.plan = model, task, batches, plan
        self.policy, self.schedule, self.precision = strategy.policy, strategy.schedule, strategy.precision
        self.group = strategy.group
        self.evaluate, self.improvement = evaluate, improvement
        self.steps_per_epoch = math.ceil(len(batches) / plan.accumulate)
        self.course = Course(plan, self.policy.phases, self.steps_per_epoch, self.group, budget)
        self.trained = frozenset[str]().union(
            *(self.policy.trainable(epoch) for epoch in range(max(1, plan.epochs)))
        )
        self._parameters = [value for name, value in model.named_parameters() if name in self.trained]
        self.optimizer = strategy.rates.build(parameter_groups(model, blocks, strategy.rates, self.trained))
        self.ema = Ema(model, plan.ema, self.trained)
        # The total loss and the count of units of each step of the epoch so far.
        self._losses: list[Tensor] = []
        self._statistics = oom.NormStatistics(model)

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self.course.progress

    @property
    def within_epoch(self) -> bool:
        """Whether some steps belong to an epoch that is not finished."""
        return self.course.begun > 0

    def __iter__(self) -> Iterator[StepReport | EpochReport]:
        while self.progress.stopped is None and self.progress.epoch < self.course.phases.epochs:
            try:
                yield from self._epoch(self.progress.epoch)
            except (RuntimeError, MemoryError) as error:
                if oom.is_out_of_memory(error):
                    raise oom.out_of_memory() from error
                raise

    def _epoch(self, epoch: int) -> Iterator[StepReport | EpochReport]:
        planned = self.course.enter()
        self.policy.enter(self.model, planned)
        form = self.group.wrapped(self.model)
        self._statistics = oom.NormStatistics(self.model)
        pace = Pace(self.progress)
        for window in self._windows(planned):
            lr = self._set_rates(self.course.phases.position(self.course.place))
            most = self.progress.micro_batch
            total, count = self._step(form, window)
            self._losses.append(torch.stack([total, count]))
            loss, examples = total / _divisor(count), examples_of(window)
            pace.step(examples)
            halved = self.progress.micro_batch != most
            notes = [oom.note(self.progress.micro_batch, self._statistics)] if halved else []
            notes += filter(None, [self.course.stepped()])
            yield StepReport(epoch + 1, self.progress.step, loss, lr, examples, tuple(notes))
        steps = self.check_numbers()
        pace.trained()
        train_loss = math.fsum(total for total, _ in steps) / (math.fsum(count for _, count in steps) or 1)
        self._losses.clear()
        yield self._close(epoch, train_loss, pace)

    def _windows(self, planned: int) -> Iterator[list[Batch]]:
        """The batches of each step of an epoch of the plan, but of those that a resumed run has made."""
        if self.course.at_epoch_end():
            return
        batches = self.batches.epoch(planned, skip=self.course.begun * self.plan.accumulate)
        for window in windows(batches, self.plan.accumulate):
            yield window
            if self.course.at_epoch_end():
                return

    def _step(self, form: nn.Module, window: Sequence[Batch]) -> tuple[Tensor, Tensor]:
        """One optimizer step on the batches of `window`: exactly the step of one batch that holds them all.

        It is also the same step if several ranks have parts of the batches: `form` averages their gradients. Returns
        the total loss and the count of units over all ranks.
        """
        chunks, examples = oom.Chunks(self.progress.micro_batch), examples_of(window)
        window, (totals, counts) = oom.run_in_chunks(
            chunks, self.model, self._statistics, window, partial(self._gradients, form, examples),
            alone=self.group.size == 1,
        )  # fmt: skip
        self.progress.micro_batch = chunks.most
        total, count = self.group.sum(torch.stack([torch.stack(totals).sum(), torch.stack(counts).sum()]))
        # On a GPU one would have to wait for the loss; there `check_numbers` looks at the end of the epoch.
        watched = total.device.type == "cpu"
        if watched and not total.isfinite():
            self._refuse(window, totals, "loss")
        parameters = [p for p in self._parameters if p.grad is not None]
        self.precision.unscale(self.optimizer)
        # `_gradients` divided by the examples of all ranks, and `form` by the ranks; a step divides by units.
        if len(window) * self.group.size > 1:
            scale = self.group.size * examples / _divisor(count)
            torch._foreach_mul_([p.grad for p in parameters if p.grad is not None], scale)
        norm = None
        # Scaled gradients may overflow: then the step is skipped.
        if watched and not self.precision.scales:
            norm = gradient_norm(parameters)
            if not (whole := self.group.unshard(norm)).isfinite():
                self._refuse(window, [whole], "norm of the gradient")
        clip_gradients(parameters, self.plan.clip, norm)
        self.precision.step(self.optimizer)
        self.optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.ema.update(self.model, self.progress.step)
        return total, count

    def _gradients(
        self, form: nn.Module, examples: int, window: Sequence[Batch]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Add up the gradients of all batches; the total loss and the count of units of each batch of this rank.

        Losses are divided by the count; where it is not known before the last batch of any rank, by `examples`, the
        examples of all ranks, which `_step` corrects. Only gradients and the statistics of norms change, so that it can
        be called again.
        """
        # For dropout.
        self.precision.seed(step_seed(self.plan.seed, self.progress.step, self.group.rank))
        known = len(window) * self.group.size == 1
        totals: list[Tensor] = []
        counts: list[Tensor] = []
        for index, batch in enumerate(window):
            with self.group.no_sync(form) if index < len(window) - 1 else nullcontext():
                with self.precision.autocast():
                    loss = self._loss(form, to_device(batch, self.precision.device))
                counted = 1 if batch.ids else 0
                self.precision.backward(counted * loss.total / (_divisor(loss.count) if known else examples))
            totals.append(counted * loss.total.detach().float())
            counts.append(counted * loss.count.detach().float())
        return totals, counts

    def _loss(self, form: nn.Module, batch: Batch) -> Loss:
        return self.task.loss(self.task.outputs(form, batch), batch)

    def _refuse(self, window: Sequence[Batch], values: Sequence[Tensor], what: str) -> None:
        """Raise `NotFiniteError` before the update that would spoil the weights; `values` as in `not_finite_in`."""
        step, epoch = self.progress.step + 1, self.progress.epoch + 1
        error = not_finite_in(window, values, what, self.group, step, epoch)
        self._statistics.restore()
        raise error

    def check_numbers(self) -> list[list[float]]:
        """The total loss and the count of units of each step of the epoch so far.

        Raises `NotFiniteError` for a loss, weights or state that hold NaN or infinity: they may not be judged or saved.
        """
        step, epoch = self.progress.step, self.progress.epoch + 1
        steps: list[list[float]] = torch.stack(self._losses).cpu().double().tolist() if self._losses else []
        for number, (total, count) in enumerate(steps, step - len(steps) + 1):
            if not math.isfinite(total):
                raise not_finite(total / (count or 1), number, epoch)
        check_state(self.optimizer, self._statistics.values, self.group, step, epoch)
        return steps

    def _set_rates(self, at: Position) -> float:
        """Set the learning rate of every parameter group; that of the head."""
        factor = self.schedule.factor(at) * 0.5 ** len(self.progress.retried)
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor
        return self._rate_of_head()

    def _rate_of_head(self) -> float:
        return float(self.optimizer.param_groups[-1]["lr"])

    def departs(self) -> bool:
        """Whether steps were taken at other learning rates than this plan, of more or fewer epochs, gives them."""
        return self.course.departs(self.schedule.factor)

    def _close(self, epoch: int, train_loss: float, pace: Pace) -> EpochReport:
        self.course.finish_epoch()
        figures: Mapping[str, float] = {}
        if self.evaluate is not None:
            with self.ema.applied(self.model), self.group.unsharded(self.model) as whole:
                figures = self.evaluate(whole)
        best = self.progress.judge(figures, self.plan, self.improvement)
        if figures:
            self.schedule.observe(self.progress.stale == 0)
        self.course.end_if_over()
        seconds, rate = pace.close()
        return EpochReport(
            epoch + 1, self.progress.step, self.course.phases.index(epoch), train_loss, figures, best,
            self.progress.stopped, self.policy.what_trains(self.course.phases.in_plan(epoch)), self._rate_of_head(),
            seconds, rate,
        )  # fmt: skip

    def state_dict(self) -> dict[str, Any]:
        """All but the weights: `progress`, `schedule`, `precision`; and with tensors `optimizer`, `ema`, `losses`."""
        return {
            "losses": torch.stack(self._losses).cpu() if self._losses else None,
            "progress": asdict(self.progress),
            "schedule": self.schedule.state_dict(),
            "precision": self.precision.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "ema": dict(self.ema.average),
        }

    def load_progress(self, state: Mapping[str, Any]) -> None:
        """Load all of `state_dict` that takes no tensors: enough to know whether training is over.

        That is decided by this plan, which may have more epochs, or more patience.
        """
        self.course.load(Progress(**state["progress"]))
        self.schedule.load_state_dict(state["schedule"])
        self.precision.load_state_dict(state["precision"])

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a `state_dict`, to go on where it was taken. The caller has loaded the weights."""
        self.load_progress(state)
        # Gradients of a step that was not made.
        self.optimizer.zero_grad(set_to_none=True)
        self.optimizer.load_state_dict(shard_state(state["optimizer"], self.optimizer, self.group))
        self.ema.load(self.group.shard(state["ema"], self.ema.average))
        losses = state["losses"]
        self._losses = [] if losses is None else list(losses.to(self.precision.device))


def _divisor(count: Tensor) -> Tensor:
    """The count; 1 if it is 0, as in a batch of masks without a labelled pixel, whose total is 0."""
    return count + (count == 0)
