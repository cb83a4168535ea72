"""The end of a training: its summary, and the files that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ftcli.metrics.figures import lower_is_better
from ftcli.runs.directory import RunDirectory
from ftcli.runs.more_epochs import remove_state
from ftcli.runs.receipts.writing import ReceiptWriter
from ftcli.runs.reporting import write_papers
from ftcli.runs.scoring import Scores
from ftcli.runs.session import Session
from ftcli.training.fit import Fit


def summary(
    session: Session,
    fit: Fit,
    scores: Mapping[str, Scores],
    *,
    seconds: float,
    seconds_to_first_step: float | None,
    cost: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What summary.json says of a training that took `seconds`; `scores` are those of the best checkpoint by split."""
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
        **{split: dict(one.figures) for split, one in scores.items()},
        "per_class": {split: list(one.per_class) for split, one in scores.items()},
    }


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
    return write_papers(directory)
