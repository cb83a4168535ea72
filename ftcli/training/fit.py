"""The loop. It says when; it yields reports and writes nothing.

    for report in fit:            # StepReport after every optimizer step, EpochReport after every epoch
        ...                       # the caller records, saves `fit.state_dict()`, shows, or stops iterating

Progress is two integers, so a run resumes exactly after any step: the order of the examples and every random draw are
functions of (seed, epoch, example) or (seed, step).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Block, FreezePolicy, Loss, TaskCriterion
from ftcli.errors import NotFiniteError, listing
from ftcli.training import memory
from ftcli.training.distributed.group import Group
from ftcli.training.ema import Ema
from ftcli.training.evaluate import to_device
from ftcli.training.optimizers import Rates, parameter_groups
from ftcli.training.precision import Precision, clip_gradients, gradient_norm
from ftcli.training.reports import Plan, Progress, why_stopped
from ftcli.training.schedules import Position, Schedule

ADVICE = "A lower optimizer.lr or training.clip: 1.0 usually helps; no checkpoint has been written since"


class Batches(Protocol):
    """What the loop wants of a loader."""

    def __len__(self) -> int: ...
    def epoch(self, epoch: int, skip: int = 0) -> Iterable[Batch]: ...


@dataclass(frozen=True, slots=True)
class StepReport:
    """One optimizer step. `loss` (the mean over its units) stays on the device until somebody reads it."""

    epoch: int
    step: int
    loss: Tensor
    lr: float  # of the head
    examples: int
    notes: tuple[str, ...] = ()  # sentences for the user, on what happened in this step

    def read(self) -> float:
        """The loss, for which a GPU has to finish the step. Raises `NotFiniteError` if it is no number."""
        loss = float(self.loss)
        if not math.isfinite(loss):
            raise not_finite(loss, self.step, self.epoch)
        return loss


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One epoch: the mean training loss, validation figures, and what they mean."""

    epoch: int  # finished epochs, so the first report has 1
    step: int
    phase: int
    train_loss: float
    figures: Mapping[str, float]
    best: bool
    stopped: str | None


class Fit:
    """Training of one model. `evaluate(model)` gives validation figures, or is None without a validation split.

    `improvement(figures)` is how much the metric must gain to count for early stopping. `trained` are the names of the
    parameters that train in any epoch.
    """

    def __init__(
        self,
        model: nn.Module,
        task: TaskCriterion,
        batches: Batches,
        *,
        blocks: Sequence[Block],
        policy: FreezePolicy,
        rates: Rates,
        schedule: Schedule,
        precision: Precision,
        plan: Plan,
        evaluate: Callable[[nn.Module], Mapping[str, float]] | None = None,
        improvement: Callable[[Mapping[str, float]], float] = lambda figures: 0.0,
        group: Group | None = None,
    ) -> None:
        self.model, self.task, self.batches = model, task, batches
        self.group = group or Group()
        self.policy, self.schedule, self.precision, self.plan = policy, schedule, precision, plan
        self.evaluate, self.improvement = evaluate, improvement
        self.trained = frozenset[str]().union(*(policy.trainable(epoch) for epoch in range(plan.epochs)))
        self._parameters = [value for name, value in model.named_parameters() if name in self.trained]
        self.optimizer = rates.build(parameter_groups(model, blocks, rates, self.trained))
        self.ema = Ema(model, plan.ema, self.trained)
        self.progress = Progress()
        self._losses: list[Tensor] = []  # total and count of each step of the epoch so far
        self._statistics = memory.Statistics(model)

    @property
    def within_epoch(self) -> bool:
        """Whether there are steps that belong to no finished epoch."""
        return self.progress.step > self.progress.epoch * self.steps_per_epoch

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one epoch."""
        return math.ceil(len(self.batches) / self.plan.accumulate)

    def __iter__(self) -> Iterator[StepReport | EpochReport]:
        while self.progress.stopped is None and self.progress.epoch < self.plan.epochs:
            try:
                yield from self._epoch(self.progress.epoch)
            except (RuntimeError, MemoryError) as error:
                if memory.is_out_of_memory(error):
                    raise memory.full() from error
                raise

    def _epoch(self, epoch: int) -> Iterator[StepReport | EpochReport]:
        self.policy.enter(self.model, epoch)
        form = self.group.trained(self.model)
        self._statistics = memory.Statistics(self.model)
        if epoch == self._phase(epoch, self.plan.epochs)[0]:  # a new phase is a new attempt
            self.progress.stale, self.progress.reference = 0, None
        self.progress.planned = self.plan.epochs
        begun = self.progress.step - epoch * self.steps_per_epoch  # steps that a resumed run has behind it
        batches = self.batches.epoch(epoch, skip=begun * self.plan.accumulate)
        for index, window in enumerate(_windows(batches, self.plan.accumulate), begun):
            lr = self._set_rates(self._position(epoch * self.steps_per_epoch + index, self.plan.epochs))
            most = self.progress.micro_batch
            total, count = self._step(form, window)
            self._losses.append(torch.stack([total, count]))
            loss, examples = total / _divisor(count), _examples(window)
            notes = (
                ()
                if most == self.progress.micro_batch
                else (memory.note(self.progress.micro_batch, self._statistics),)
            )
            yield StepReport(epoch + 1, self.progress.step, loss, lr, examples, notes)
        steps = self.check_numbers()
        train_loss = math.fsum(total for total, _ in steps) / (math.fsum(count for _, count in steps) or 1)
        self._losses.clear()
        self.progress.epoch = epoch + 1
        yield self._close(epoch, train_loss)

    def _step(self, form: nn.Module, window: Sequence[Batch]) -> tuple[Tensor, Tensor]:
        """One optimizer step over the batches of `window`: exactly the step of one batch that holds them all.

        So it is with the parts of a batch that several processes have, whose mean gradients `form` gives.
        """
        pieces, examples = memory.Pieces(self.progress.micro_batch), _examples(window)
        window, (totals, counts) = memory.attempted(
            pieces, self.model, self._statistics, window, partial(self._gradients, form, examples),
            alone=self.group.size == 1,
        )  # fmt: skip
        self.progress.micro_batch = pieces.most
        total, count = self.group.sum(torch.stack([torch.stack(totals).sum(), torch.stack(counts).sum()]))
        watched = total.device.type == "cpu"  # a GPU would have to finish first; there `check_numbers` looks
        if watched and not total.isfinite():
            self._refuse(window, totals, "loss")
        parameters = [p for p in self._parameters if p.grad is not None]
        self.precision.unscale(self.optimizer)
        if len(window) * self.group.size > 1:  # `form` gives the mean over processes
            scale = self.group.size * examples / _divisor(count)
            torch._foreach_mul_([p.grad for p in parameters if p.grad is not None], scale)
        norm = None
        if watched and not self.precision.scales:  # scaled ones may overflow, and are left out
            norm = gradient_norm(parameters)
            if not (whole := self.group.whole(norm)).isfinite():
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
        """Add the gradients of all batches; the total and the count of each of them here.

        They are divided by the count, or, where that is not known before the last part of a step, by the number of its
        examples in all processes, which is put right then. Nothing else is changed but the statistics of norms, so
        that it may be done again.
        """
        self.precision.seed(_mix(self.plan.seed, self.progress.step, self.group.rank))  # dropout
        known = len(window) * self.group.size == 1
        totals: list[Tensor] = []
        counts: list[Tensor] = []
        for index, batch in enumerate(window):
            with self.group.apart(form) if index < len(window) - 1 else nullcontext():
                with self.precision.autocast():
                    loss = self._loss(form, to_device(batch, self.precision.device))
                counted = 1 if batch.ids else 0
                self.precision.backward(counted * loss.total / (_divisor(loss.count) if known else examples))
            totals.append(counted * loss.total.detach().float())
            counts.append(counted * loss.count.detach().float())
        return totals, counts

    def _loss(self, form: nn.Module, batch: Batch) -> Loss:
        """Forward pass and loss."""
        return self.task.loss(self.task.outputs(form, batch), batch)

    def _refuse(self, window: Sequence[Batch], values: Sequence[Tensor], what: str) -> None:
        """Raise `NotFiniteError` before the update that would spoil the weights.

        `values` of the batches, or of all of them together, are no numbers, here or in another process.
        """
        wrong = [index for index, value in enumerate(values) if not value.isfinite()]
        culprits = [window[index] for index in wrong] if len(values) == len(window) else window
        mine = [(float(values[i]), [id_ for batch in culprits for id_ in batch.ids]) for i in wrong[:1]]
        found = self.group.told([one for process in self.group.gathered(mine) for one in process])
        names = listing((id_ for _, ids in found for id_ in ids), 5)
        self._statistics.restore()
        raise not_finite(found[0][0], self.progress.step + 1, self.progress.epoch + 1, what, names)

    def check_numbers(self) -> list[list[float]]:
        """The total loss and the count of units of each step of the epoch so far.

        Raises `NotFiniteError` for a loss or weights that are no numbers: nothing may be judged or saved then.
        """
        epoch = self.progress.epoch
        steps: list[list[float]] = torch.stack(self._losses).cpu().double().tolist() if self._losses else []
        for step, (total, count) in enumerate(steps, self.progress.step - len(steps) + 1):
            if not math.isfinite(total):
                raise not_finite(total / (count or 1), step, epoch + 1)
        weights = [p.detach() for group in self.optimizer.param_groups for p in group["params"]]
        states = self.optimizer.state.values()
        moments = [v for state in states for name, v in state.items() if name != "step" and v is not None]
        statistics = [value for value in self._statistics.values if value.is_floating_point()]
        kinds = {
            "weights": weights,
            "moments of the optimizer": moments,
            "statistics of batch norm": statistics,
        }
        for what, values in kinds.items():
            if values and not torch.stack(self.group.whole(torch._foreach_norm(values))).isfinite().all():
                raise NotFiniteError(  # by the last step
                    f"the {what} are no longer numbers after step {self.progress.step} (epoch {epoch + 1})",
                    ADVICE,
                )
        return steps

    def _set_rates(self, at: Position) -> float:
        factor = self.schedule.factor(at) * 0.5 ** len(self.progress.retried)
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor
        return float(self.optimizer.param_groups[-1]["lr"])

    def departs(self) -> bool:
        """Whether steps were taken at other learning rates than this plan, of more or fewer epochs, gives them."""
        before, now = self.progress.planned, self.plan.epochs
        return before not in (0, now) and any(
            self.schedule.factor(self._position(step, before))
            != self.schedule.factor(self._position(step, now))
            for step in range(min(self.progress.step, now * self.steps_per_epoch))
        )

    def _position(self, step: int, epochs: int) -> Position:
        """Where the step is that `step` others come before, in a plan of so many epochs."""
        first, end = self._phase(step // self.steps_per_epoch, epochs)
        return Position(
            step - first * self.steps_per_epoch, (end - first) * self.steps_per_epoch, self.steps_per_epoch
        )

    def _phase(self, epoch: int, epochs: int) -> tuple[int, int]:
        """The first epoch of the phase that `epoch` is in, of so many epochs in all, and the epoch after its last."""
        starts = [*self.policy.phases(), epochs]
        index = max(i for i, start in enumerate(starts[:-1]) if start <= epoch)
        return starts[index], starts[index + 1]

    def _close(self, epoch: int, train_loss: float) -> EpochReport:
        figures: Mapping[str, float] = {}
        if self.evaluate is not None:
            with self.ema.applied(self.model), self.group.gathering(self.model) as whole:
                figures = self.evaluate(whole)
        best = self._judge(figures)
        self.progress.stopped = self._why_stopped()
        phase = sum(start <= epoch for start in self.policy.phases()) - 1
        return EpochReport(
            epoch + 1, self.progress.step, phase, train_loss, figures, best, self.progress.stopped
        )

    def _why_stopped(self) -> str | None:
        last_phase = self._phase(self.progress.epoch - 1, self.plan.epochs)[1] == self.plan.epochs
        return why_stopped(self.progress, self.plan, last_phase=last_phase)

    def _judge(self, figures: Mapping[str, float]) -> bool:
        """Whether this epoch is the best so far; without validation the last always is."""
        progress, metric = self.progress, self.plan.metric
        if not figures:
            progress.best_epoch = progress.epoch
            return True
        sign = -1 if self.plan.lower_is_better else 1
        score = sign * figures.get(metric, -sign * math.inf)
        gained = progress.reference is None or score > progress.reference + self.improvement(figures)
        enough = math.isfinite(score) and gained
        progress.stale = 0 if enough else progress.stale + 1
        if enough:
            progress.reference = score
        self.schedule.observe(enough)
        if not math.isfinite(score) or (
            progress.best and _rank(figures, metric, sign) <= _rank(progress.best, metric, sign)
        ):
            return False
        progress.best, progress.best_epoch = dict(figures), progress.epoch
        return True

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
        """Stand where `state_dict` was taken, without what further steps need.

        Whether training is over is decided anew: this plan may have more epochs, or more patience.
        """
        self.progress = Progress(**state["progress"])
        if self.progress.stopped is not None:
            self.progress.stopped = self._why_stopped()
        self.schedule.load_state_dict(state["schedule"])
        self.precision.load_state_dict(state["precision"])

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken; the caller has loaded the weights."""
        self.load_progress(state)
        self.optimizer.zero_grad(set_to_none=True)  # of a step that was not made
        self.optimizer.load_state_dict(self._parted(state["optimizer"]))
        self.ema.load(self.group.parted(state["ema"], self.ema.average))
        losses = state["losses"]
        self._losses = [] if losses is None else list(losses.to(self.precision.device))

    def _parted(self, optimizer: Mapping[str, Any]) -> dict[str, Any]:
        """A saved state of the optimizer, each part shared as the parameter that it belongs to."""
        parameters = [value for group in self.optimizer.param_groups for value in group["params"]]
        parts = {
            index: self.group.parted(values, dict.fromkeys(values, parameters[index]))
            for index, values in optimizer["state"].items()
        }
        return {**optimizer, "state": parts}


def not_finite(value: float, step: int, epoch: int, what: str = "loss", names: str = "") -> NotFiniteError:
    """The error for a loss that is no number; `names` are of the examples, where they are known."""
    examples = f", in the batch of {names}" if names else ""
    return NotFiniteError(f"the {what} is {value} at step {step} (epoch {epoch}){examples}", ADVICE)


def _divisor(count: Tensor) -> Tensor:
    """The count; 1 where nothing counts, as in a batch of images without a labelled pixel: its total is 0."""
    return count + (count == 0)


def _examples(window: Sequence[Batch]) -> int:
    """How many examples a step is of, in all processes."""
    return sum(batch.examples for batch in window)


def _rank(figures: Mapping[str, float], metric: str, sign: int) -> tuple[float, float]:
    """What makes an epoch better than another: its metric, then its loss, if that is a number."""
    loss = figures["loss"]
    return sign * figures[metric], -loss if math.isfinite(loss) else -math.inf


def _windows(batches: Iterable[Batch], size: int) -> Iterator[list[Batch]]:
    """Batches in groups of `size`; the last group may be smaller."""
    window: list[Batch] = []
    for batch in batches:
        window.append(batch)
        if len(window) == size:
            yield window
            window = []
    if window:
        yield window


def _mix(seed: int, step: int, rank: int = 0) -> int:
    """A seed for one step of a process: the finaliser of SplitMix64 (Steele et al., 2014), so that neighbours differ in
    all bits.
    """
    z = (seed * 0x9E3779B97F4A7C15 + step + 1 + (rank << 40)) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return z ^ (z >> 31)
