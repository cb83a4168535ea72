"""The checkpoint that the end of a run makes, which is used in the place of the best epoch's."""

from __future__ import annotations

from dataclasses import asdict

from ftcli.runs.checkpoints import naming, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.session import Session
from ftcli.training.fit import Fit


def write(
    session: Session,
    directory: RunDirectory,
    fit: Fit,
    epochs: list[int],
    frozen: frozenset[str],
) -> None:
    """Write the session's model as it is: the average of `epochs`; in place of an earlier one. All processes call it.

    `frozen` are the names in the state that no epoch of the run changes.
    """
    weights = session.group.unshard(session.model.state_dict())
    if not session.group.leads:
        return
    state = {
        "progress": asdict(fit.progress),
        "averaged": epochs,
        storage.MIRRORED: session.model.mirrored,
        "optimizer": {"state": {}, "param_groups": []},
        "ema": {},
    }
    metrics = directory.metrics.flush()
    storage.save(
        directory.checkpoints / naming.AVERAGED, weights, weights, state, metrics_bytes=metrics["bytes"],
        metrics_sha256=metrics["sha256"], frozen=frozen,
    )  # fmt: skip
