"""The end of a training: its summary, and the files that are made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ftcli.metrics.figures import lower_is_better
from ftcli.runs.caching import Caching
from ftcli.runs.checkpoints import retention
from ftcli.runs.checkpoints.averaging import Averaged, average_best
from ftcli.runs.checkpoints.mirroring import Mirrored, try_mirrored
from ftcli.runs.directory import RunDirectory
from ftcli.runs.more_epochs import remove_averaged_ones, remove_state
from ftcli.runs.outcomes.at_end import scored_at_end
from ftcli.runs.receipts.writing import ReceiptWriter
from ftcli.runs.reporting import write_papers
from ftcli.runs.scoring import Scores, Validation
from ftcli.runs.session import Session
from ftcli.training.fit import Fit


def end(
    session: Session,
    directory: RunDirectory,
    fit: Fit,
    caching: Caching,
    validation: Validation | None,
    receipt: ReceiptWriter,
    *,
    frozen: frozenset[str],
    seconds: float,
    seconds_to_first_step: float | None,
    cost: Callable[[], Mapping[str, Any]],
) -> tuple[dict[str, Scores], str | None]:
    """Average the best epochs and try mirror images, if that is asked for; score what is best, as far as it is not
    scored; write all.

    All processes of a group call it. `frozen` are the names in the state that no epoch changes. Gives the scores by
    split, and what was wrong with the report or the card.
    """
    folder, progress, leads = directory.checkpoints, fit.progress, session.group.leads
    if leads:  # the run ends here, so none is needed to fall back on
        retention.prune(folder, progress.best_epoch, newest=1, good=progress.good_epochs)
    averaged = None
    if validation is not None and progress.good:
        averaged = average_best(session, directory, fit, caching, validation, frozen)
    mirrored = None
    if validation is not None and session.experiment.training.test_time_augment:
        epochs = [progress.best_epoch or 0] if averaged is None else averaged.epochs
        mirrored = try_mirrored(session, directory, fit, caching, validation, epochs, frozen)
    scores = scored_at_end(session, directory, caching, validation)
    if not leads:
        return scores, None
    found = summary(
        session, fit, scores, seconds=seconds, seconds_to_first_step=seconds_to_first_step, averaged=averaged,
        mirrored=mirrored, cost=cost(), probe=directory.probe(),
    )  # fmt: skip
    keep = session.experiment.training.keep_state
    return scores, write_end(directory, receipt, found, scores, keep_state=keep)


def summary(
    session: Session,
    fit: Fit,
    scores: Mapping[str, Scores],
    *,
    seconds: float,
    seconds_to_first_step: float | None,
    cost: Mapping[str, Any] | None = None,
    averaged: Averaged | None = None,
    mirrored: Mirrored | None = None,
    probe: Mapping[str, Any],
) -> dict[str, Any]:
    """What summary.json says of a training that took `seconds`; `scores` are those of the best checkpoint by split.

    `probe` is what probe.json says.
    """
    progress = fit.progress
    return {
        "task": session.experiment.task,
        "backbone": session.backbone.source,
        "epochs": progress.epoch,
        "best_epoch": progress.best_epoch,
        "metric": session.metric,
        "lower_is_better": lower_is_better(session.metric),
        "stopped": progress.stopped,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "seconds_to_first_step": seconds_to_first_step,
        "cost": cost,
        "parameters": parameter_counts(fit),
        "micro_batch": progress.micro_batch,
        "retried": progress.retried,
        "time": time_taken(fit),
        "averaged": None if averaged is None else averaged._asdict(),
        "test_time_augment": None if mirrored is None else mirrored._asdict(),
        **({"probe": {**probe, **_kept(probe, progress.best_epoch)}} if probe else {}),
        **{split: dict(one.figures) for split, one in scores.items()},
        "per_class": {split: list(one.per_class) for split, one in scores.items()},
    }


def time_taken(fit: Fit) -> dict[str, Any] | None:
    """The limit of time in seconds, what of it the training used, and how much it was enough for; None without one."""
    plan, progress = fit.plan, fit.progress
    if plan.seconds is None:
        return None
    steps = fit.course.steps
    return {
        "limit": plan.seconds,
        "used": round(progress.used, 1),
        "planned_epochs": round(steps / fit.steps_per_epoch, 3),
        "planned_steps": steps,
        "epochs_without_limit": plan.epochs,
        "decided": progress.decided,
    }


def _kept(probe: Mapping[str, Any], best_epoch: int | None) -> dict[str, bool]:
    """Whether the probe is the result, where there is one."""
    return {} if "skipped" in probe else {"kept": best_epoch == 0}


def parameter_counts(fit: Fit) -> dict[str, int]:
    """All parameters, and those that train at some time."""
    total = sum(parameter.numel() for parameter in fit.model.parameters())
    trained = sum(p.numel() for group in fit.optimizer.param_groups for p in group["params"])
    return {"total": total, "trained": trained}


def write_end(
    directory: RunDirectory,
    receipt: ReceiptWriter,
    summary: Mapping[str, Any],
    scores: Mapping[str, Scores],
    *,
    keep_state: bool,
) -> str | None:
    """Seal the receipt, write the summary, the report and the card, and drop the state to go on from unless it is kept.

    The process that leads calls it. Gives what was wrong with the report or the card, or None: the run has ended well
    also without them.
    """
    # The receipt comes first: a run with a summary has ended, and nothing would seal it any more.
    receipt.seal(summary, scores)
    directory.write_summary(summary)
    if not keep_state:
        remove_state(directory.checkpoints)
        remove_averaged_ones(directory.checkpoints)
    return write_papers(directory)
