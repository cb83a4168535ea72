"""Heads alone on the features of the frozen backbone, before whole trainings are tried: many in the time of one.

The features are computed once, or come from the store, and stay in memory. A trial is the training that `freeze:
backbone` is, by the same loop, loss, optimizer and schedule; without the backbone, checkpoints or a run directory. The
best of them is trained whole as one of the first trials of the search, and judged there.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.config.schema import Experiment
from ftcli.contracts import Batch, Block
from ftcli.errors import Interruption, NotFiniteError
from ftcli.loading.batch_sampler import BatchSampler
from ftcli.models.heads import build_head
from ftcli.runs.assembly import build_part, build_task, freeze_policy, plan
from ftcli.runs.experiment_checks import load_checked
from ftcli.runs.probing.features import whole_features
from ftcli.runs.session import Session, prepare
from ftcli.studies.tuning.sampling import sampler_of
from ftcli.studies.tuning.space import Choices, Dimension, Point, overrides, start_point
from ftcli.studies.tuning.study import HEADS, Study
from ftcli.system import durable, signals
from ftcli.tasks import TASKS
from ftcli.training.evaluate import evaluate
from ftcli.training.fit import Fit
from ftcli.training.strategy import Strategy

MOST = 50
# Of the time of the study, what they take at most.
_SHARE = 0.1
# What is searched here besides the policy, where the study searches it.
_KEYS = ("optimizer.lr", "training.epochs", "model.head.hidden", "loss.label_smoothing")
_POLICY = "backbone"
# Features (N, W) and targets of training and validation.
Splits = list[tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class Heads:
    """What became of them: a point and its figure each, best first; or why none was tried."""

    tried: tuple[tuple[Point, float], ...] = ()
    seconds: float = 0.0
    # Of them, for the features.
    features: float = 0.0
    reason: str | None = None


class _Kept:
    """The batches of one split from features and targets in memory, in the order in which a loader has them."""

    def __init__(self, features: Tensor, targets: Tensor, experiment: Experiment, *, training: bool) -> None:
        self._features, self._targets = features, targets
        size, seed = int(experiment.data.batch_size or 1), experiment.training.seed
        self._order = BatchSampler(len(features), size, seed=seed, training=training)

    def __len__(self) -> int:
        return len(self._order)

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        for indices in self._order.batches(epoch)[skip:]:
            chosen = torch.from_numpy(indices)
            inputs = {"features": self._features[chosen]}
            yield Batch(inputs, self._targets[chosen], [str(one) for one in indices.tolist()])


class _Alone(nn.Module):
    """A head as the network whose head it is."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: Tensor) -> Tensor:
        outputs: Tensor = self.head(features)
        return outputs


def try_heads(study: Study, seconds: float, most: int = MOST, *, until: float = math.inf) -> Heads:
    """Try heads on kept features, for a tenth of `seconds` and until `until` at most; note the best for the search."""
    started = time.monotonic()
    policies = next((one.values for one in study.facts.space if one.key == "freeze"), None)
    searched = isinstance(policies, Choices) and policies.holds(_POLICY)
    if not searched and (policies is not None or study.facts.policy != _POLICY):
        return Heads(reason=f"freeze: {_POLICY} is not searched")
    until = min(until, started + seconds * _SHARE)
    tried: list[tuple[Point, float]] = []
    features = math.nan
    try:
        with signals.until(until):
            session = prepare(load_checked(study.base_path({"freeze": _POLICY})))
            splits = _kept(session)
            if isinstance(splits, str):
                return Heads(reason=splits)
            features = time.monotonic() - started
            space = [one for one in study.facts.space if one.key in _KEYS]
            with signals.noted():
                for one in _search(study, session, splits, space, until, most):
                    tried.append(one)
    except Interruption as raised:
        if raised.signal_number != signals.ALARM:
            raise
    if not tried:
        return Heads(reason=f"the features took longer than {seconds * _SHARE:.0f} s, a tenth of the time")
    ranked = tuple(sorted(tried, key=lambda one: -one[1]))
    found = Heads(ranked, time.monotonic() - started, features)
    durable.write_text(study.folder / HEADS, json.dumps(_document(found, study.sign), indent=2) + "\n")
    study.journal.hint = {**study.facts.start, **ranked[0][0], "freeze": _POLICY}
    return found


def _kept(session: Session) -> Splits | str:
    """Features and targets of training and validation, or why there are none."""
    splits = []
    for split in (session.splits.train, session.splits.val):
        assert split is not None
        kept = whole_features(session, split, watch=lambda done, total: signals.check())
        if kept.reason is not None or len(kept.features) != len(split):
            return kept.reason or "an example has several targets"
        splits.append((torch.from_numpy(kept.features), torch.from_numpy(kept.targets)))
    return splits


def _search(
    study: Study, session: Session, splits: Splits, space: list[Dimension], until: float, most: int
) -> Iterator[tuple[Point, float]]:
    base, sampler = session.experiment, sampler_of(space, study.facts.seed)
    point: Point | None = start_point(space, base)
    while most and (time.monotonic() < until):
        asked, tell = sampler(point)
        changed = _changed(study, overrides(asked, space, base))
        try:
            figure = _trained(session, changed, splits, study, until)
        except NotFiniteError:
            figure = math.nan
        value = None if figure is None or not math.isfinite(figure) else study.sign * figure
        tell(value)
        if value is not None:
            yield asked, value
        point, most = None, most - 1


def _changed(study: Study, changes: list[str]) -> Experiment:
    return load_checked(study.base_path({"freeze": _POLICY}), changes)


def _trained(
    session: Session, experiment: Experiment, splits: Splits, study: Study, until: float
) -> float | None:
    """The best figure of one head on the validation split; None without a step, or where the time was over."""
    metric, backbone = study.facts.metric, session.backbone
    torch.manual_seed(experiment.training.seed)
    task = build_task(experiment, TASKS.load(experiment.task), session.splits.target, backbone)
    outputs = session.splits.target.outputs
    model = _Alone(build_head(experiment.model.head, backbone.width, outputs, form=backbone.form))
    model.to(session.precision.device)
    blocks, training = [Block("head", ("head",))], experiment.training
    policy = freeze_policy(experiment)
    policy.prepare(model, blocks, training.epochs or 1)
    train, val = _Kept(*splits[0], experiment, training=True), _Kept(*splits[1], experiment, training=False)
    fit = Fit(
        model, task, train, blocks=blocks, plan=replace(plan(training), metric=metric),
        strategy=Strategy(
            policy=policy, rates=build_part(experiment, "optimizer"),
            schedule=build_part(experiment, "schedule"), precision=session.precision,
        ),
        evaluate=lambda whole: evaluate(whole, task, val.epoch(0), session.precision).figures(thorough=True),
    )  # fmt: skip
    for _ in fit:
        signals.check()
        if time.monotonic() >= until:
            return None
    return fit.progress.best.get(metric)


def _document(found: Heads, sign: float) -> dict[str, Any]:
    return {
        "seconds": round(found.seconds, 2),
        "features_seconds": round(found.features, 2),
        "tried": [{"point": dict(point), "val": sign * value} for point, value in found.tried],
    }
