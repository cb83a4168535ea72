"""A run that has ended: whether it goes on, how it can, and what of it only training needed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError, safe_open

from ftcli.config.quantities import in_words
from ftcli.config.schema import Experiment
from ftcli.errors import RunError, command
from ftcli.runs.assembly import plan
from ftcli.runs.checkpoints import naming, retention, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.files.run_files import CARD, REPORT
from ftcli.runs.reporting import write_papers
from ftcli.runs.resume_guard import extendable, load_run_experiment
from ftcli.system import durable
from ftcli.training.reports import TIME_IS_UP, why_stopped


def ended(directory: RunDirectory, experiment: Experiment) -> str | None:
    """Why a finished run does not go on by its `experiment`, as that is now; None if it does, or is not finished.

    Raises `RunError` where it would go on, and what it needs for that was removed.
    """
    summary, newest = directory.summary(), retention.newest(directory.checkpoints)
    if not summary or newest is None:
        return str(summary.get("stopped")) if summary else None
    (path, progress), wanted = newest, plan(experiment.training)
    reason = why_stopped(progress, wanted)
    if reason is None and not storage.holds_state(path):
        raise state_removed(directory)
    if reason is not None and 0 < progress.planned < wanted.epochs:
        reason += f", which ends a run of {wanted.epochs} epochs, too"
    return reason


def state_removed(directory: RunDirectory) -> RunError:
    """The error for a run without what training needs to go on."""
    return RunError(
        f"{directory.path} cannot go on: its optimizer's state was removed when it ended. training.keep_state=true "
        f"keeps it in the next run. Start a new one from these weights: {directory.as_weights} (a head that "
        "the task puts on a backbone starts again)"
    )


def with_state(folder: Path) -> list[Path]:
    """The checkpoints in `folder` from which `remove_state` has something to remove, oldest first.

    An optimizer without a state, such as SGD without momentum, has a file of nothing, with which a run goes on.
    """
    return [
        one for one in naming.found(folder) if not one.is_symlink() and _holds_tensors(one / storage.TRAINING)
    ]


def remove_state(folder: Path) -> None:
    """Remove what only training needs from all checkpoints in `folder`; from the newest, which can go on, last."""
    try:
        for one in with_state(folder):
            with suppress(durable.DamageError):  # training cannot go on from it
                durable.drop(one, storage.TRAINING)
    except OSError as error:
        raise RunError(f"{folder}: the optimizer's state cannot be removed: {error}") from error


def remove_averaged_ones(folder: Path) -> None:
    """Remove the checkpoints that a finished run kept for its average alone: all but the best and the newest."""
    found = retention.newest(folder)
    if found is not None and found[1].good:
        retention.prune(folder, found[1].best_epoch, newest=1)


def _holds_tensors(path: Path) -> bool:
    """Whether a file of tensors is there, with any in it or damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            return bool(file.keys())
    except (OSError, SafetensorError):
        return path.is_file()


def clear(directory: RunDirectory) -> bool:
    """Make up for what a kill has left undone in a finished run, unless another process is at work there.

    Files that are half written are removed, as is the optimizer's state, which is told by the result; the report and
    the card are made where there are none.
    """
    folder = directory.checkpoints
    state = not load_run_experiment(directory).training.keep_state and bool(with_state(folder))
    with suppress(RunError, OSError):
        partial = any(map(durable.is_temporary, directory.path.iterdir()))
        if not (state or partial or _unwritten(directory)):
            return False
        directory.lock.take()
        try:
            durable.tidy(directory.path)
            if state:
                remove_state(folder)
                remove_averaged_ones(folder)
            if _unwritten(directory):
                write_papers(directory)
        finally:
            directory.lock.free()
    return state and not with_state(folder)


def _unwritten(directory: RunDirectory) -> bool:
    """Whether a kill came before the report or the card."""
    return not all((directory.path / name).exists() for name in (REPORT, CARD))


def how_to_train_on(directory: RunDirectory, experiment: Experiment) -> str:
    """How more is trained from a finished run, in a line."""
    newest = retention.newest(directory.checkpoints)
    if newest is None or not storage.holds_state(newest[0]):
        keep = "training.keep_state=true keeps what --resume needs"
        return f"for more epochs: a new run with {directory.as_weights}; {keep}"
    epochs = newest[1].epoch
    wanted = plan(experiment.training)
    if wanted.seconds is not None and why_stopped(newest[1], wanted) == TIME_IS_UP:
        change = f"training.time={in_words(2 * wanted.seconds)}"
    elif epochs < wanted.epochs:
        change = "training.early_stop=none"
    elif extendable(experiment):
        change = f"training.epochs={max(1, 2 * epochs)}"
    else:
        return f"for more epochs: a new run with {directory.as_weights}"
    return f"for more epochs: {command('train', '--resume', directory.path, change)}"
