"""The loop over a session's training split, what supplies its batches, and what scores it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ftcli.config.training_keys import EarlyStop
from ftcli.contracts import FreezePolicy
from ftcli.contracts.target_kinds import KINDS
from ftcli.metrics.figures import standard_error
from ftcli.runs.assembly import build_caching, build_part, plan
from ftcli.runs.batches import open_batches
from ftcli.runs.caching import Caching
from ftcli.runs.checks import check_norms
from ftcli.runs.probing.baseline import Baseline
from ftcli.runs.scoring import Validation
from ftcli.runs.session import Session
from ftcli.training.budget import Budget, Scoring
from ftcli.training.fit import Batches, Fit
from ftcli.training.reports import Plan
from ftcli.training.strategy import Strategy


def build_fit(
    session: Session, *, dry: bool = False, began: float | None = None
) -> tuple[Fit, Caching, Validation | None]:
    """The loop over the session's training split, not yet started, what supplies its batches, and what scores it.

    A limit of time counts from `began`, by `time.monotonic`.
    """
    experiment, training = session.experiment, session.experiment.training
    parts = (session.task, session.backbone, session.model, session.precision)
    policy, caching = build_caching(experiment, *parts, dry=dry, group=session.group)
    check_norms(experiment, len(session.splits.train), session.model, policy, session.group.size)
    if training.compile:
        session.model.compile_steps()
    batches = open_batches(caching, session.splits.train, training=True)
    validation = _validation(session, caching, training.metric or "loss")
    budget = _budget(session, caching, began)
    return loop(session, policy, batches, plan(training), validation, budget), caching, validation


def loop(
    session: Session,
    policy: FreezePolicy,
    batches: Batches,
    plan: Plan,
    validation: Validation | None = None,
    budget: Budget | None = None,
) -> Fit:
    """The loop over any batches, with the session's own optimizer, schedule, precision and group."""
    experiment = session.experiment
    early = experiment.training.early_stop
    stop = early if isinstance(early, EarlyStop) else None
    return Fit(
        session.model,
        session.task,
        batches,
        blocks=session.model.blocks,
        strategy=Strategy(
            policy=policy,
            rates=build_part(experiment, "optimizer"),
            schedule=build_part(experiment, "schedule"),
            precision=session.precision,
            group=session.group,
        ),
        plan=plan,
        evaluate=validation,
        improvement=_improvement(plan.metric, stop, len(session.splits.val or ())),
        budget=budget,
    )


def _budget(session: Session, caching: Caching, began: float | None) -> Budget | None:
    """What keeps to the limit of time, where there is one."""
    training, splits = session.experiment.training, session.splits
    seconds = plan(training).seconds
    if seconds is None:
        return None
    wanted, mirrors = plan(training).average_best, bool(training.test_time_augment)
    # Mirror images are as many again.
    passes = (wanted if wanted > 1 else 0) + 3 * mirrors
    scoring = Scoring(len(splits.val or ()), (1 + mirrors) * len(splits.test or ()), passes)
    examples = session.experiment.data.batch * training.accumulate
    return Budget(
        seconds, scoring=scoring, examples_per_step=min(examples, len(splits.train)),
        filling=partial(_filling, session, caching), began=began,
    )  # fmt: skip


def _filling(session: Session, caching: Caching) -> float:
    """Seconds of an example whose features have to be computed, by those of this training, or of its probe."""
    probe = session.probe
    return max(caching.filling(), probe.seconds / probe.units if isinstance(probe, Baseline) else 0.0)


def _validation(session: Session, caching: Caching, metric: str) -> Validation | None:
    if session.splits.val is None:
        return None
    thorough = metric in KINDS[session.task.target.kind].thorough_figures
    batches = open_batches(caching, session.splits.val)
    return Validation(session.task, batches, session.precision, thorough=thorough, group=session.group)


def _improvement(
    metric: str, stop: EarlyStop | None, examples: int
) -> Callable[[Mapping[str, float]], float]:
    """What early stopping counts as a gain: `min_delta`, else a quarter of the figure's standard error."""
    if stop is not None and stop.min_delta is not None:
        fixed = stop.min_delta
        return lambda figures: fixed
    return lambda figures: 0.25 * standard_error(metric, figures.get(metric, 0.0), examples)
