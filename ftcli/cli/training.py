"""`ftcli train`: fine-tune, or go on with a run.

As in every command, heavy rooms are imported inside, so that a mistake is answered at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ftcli.cli.plan import show_blocks, show_compiled, show_kept, show_plan
from ftcli.cli.preconditions import check_installation
from ftcli.cli.progress import watch
from ftcli.cli.screen import Screen, show_notes, show_scores
from ftcli.cli.starting import Given, Start
from ftcli.errors import Interruption, PeerError, RunError, WorkerError, listing

if TYPE_CHECKING:
    from ftcli.config.schema import Experiment
    from ftcli.runs.training import Training
    from ftcli.training.distributed.group import Group


def train(given: Given, *, print_config: bool, dry_run: bool) -> None:
    """Train as a file says or as data suggest; or print the resolved experiment; or run one step and write nothing."""
    from ftcli.config.dump import dump_experiment
    from ftcli.runs.experiment_checks import load_checked

    # Of several processes one looks at data, for all: what is on their machines may differ.
    alone = int(os.environ.get("WORLD_SIZE", "1")) == 1 or given.file() is not None
    start = given.start() if alone else None
    experiment = None if start is None else load_checked(start.config, given.overrides)
    check_installation()
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.session import prepare
    from ftcli.training.distributed.start import joined

    if print_config and start is not None and experiment is not None:
        RunDirectory.choose(experiment, start.name)
        sys.stdout.write(dump_experiment(prepare(experiment).experiment))
        return
    with joined() as group:
        if start is None or experiment is None:
            start = _agreed(given, group)
            experiment = load_checked(start.config, given.overrides)
        if group.restarted and (begun := group.broadcast(RunDirectory.of_launch(experiment, start.name))):
            _resume(begun, group)
        else:
            _train(experiment, start, group, dry_run=dry_run)


def _agreed(given: Given, group: Group) -> Start:
    """What the first process finds in the data."""
    with group.agreeing():
        start = given.start() if group.leads else Start(Path(), "")
    return group.broadcast(start)


def _train(experiment: Experiment, start: Start, group: Group, *, dry_run: bool) -> None:
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.session import prepare
    from ftcli.runs.training import Training

    with group.agreeing():
        directory = RunDirectory.choose(experiment, start.name)
        session = prepare(experiment, group=group)
    directory = directory if group.leads else directory.of_others()
    screen = Screen(quiet=not group.leads)
    _show_start(screen, start)
    show_plan(screen, session)
    training = Training(session, directory, dry=dry_run)
    show_blocks(screen, session, training)
    show_kept(screen, training)
    show_compiled(screen, session, training)
    if dry_run:
        report = next(iter(training.fit))
        show_notes(screen, report.notes)  # type: ignore[union-attr]
        screen.line(f"dry run: one step, loss {report.read():.4f}; nothing was written")  # type: ignore[union-attr]
        return
    _run(screen, training)


def _show_start(screen: Screen, start: Start) -> None:
    """The YAML that data stand for."""
    for line in start.lines:
        screen.line(line)
    show_notes(screen, start.notes)


def resume(path: Path, overrides: Sequence[str] = ()) -> None:
    """Go on with a run from its last checkpoint; with a finished one if `overrides` or its experiment ask for more."""
    check_installation()
    from ftcli.training.distributed.start import joined

    with joined() as group:
        _resume(path, group, overrides)


def _resume(path: Path, group: Group, overrides: Sequence[str] = ()) -> None:
    from ftcli.runs.checkpoints import naming
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.more_epochs import clear, ended, how_to_train_on
    from ftcli.runs.resume_guard import load_to_resume
    from ftcli.runs.resuming import changed_numerics
    from ftcli.runs.session import findable, prepare
    from ftcli.runs.training import Training

    with group.agreeing():
        directory = RunDirectory.existing(path)
        experiment, edits = load_to_resume(directory, overrides)
        over = ended(directory, experiment)
    screen = Screen(quiet=not group.leads)
    if over := group.broadcast(over):
        if group.leads:
            cleared = "; the optimizer's state, which was still there, is removed" if clear(directory) else ""
            ignored = f", and {listing(overrides)} is ignored" if overrides else ""
            screen.line(f"{path} is finished ({over}); there is nothing to resume{ignored}{cleared}")
            screen.line(how_to_train_on(directory, experiment))
        return
    with group.agreeing():
        if group.leads:
            directory.lock.take()
    # Without a checkpoint it starts as it did, with its original weights.
    begun = group.broadcast(bool(naming.found(directory.checkpoints)))
    with group.agreeing():
        session = prepare(experiment, directory if begun else None, group)
    own = directory if group.leads else directory.of_others()
    training = Training(session, own, resume=True, edited=findable(experiment) if overrides else None)
    show_notes(screen, [f"{problem}. The one before it is used" for problem in training.restored.damaged])
    show_notes(screen, [f"{edit}: the run goes on so" for edit in edits])
    show_notes(screen, training.restored.notes)
    if changed := changed_numerics(session, own):
        show_notes(screen, [f"{listing(changed)}: the run goes on, but its last bits may differ"])
    progress = training.fit.progress
    within = f", step {progress.step:,}" if training.fit.within_epoch else ""
    where = f"after epoch {progress.epoch}{within}" if begun else "from the start, as nothing was saved yet"
    screen.line(f"resuming {path} {where}")
    _run(screen, training)


def launch(processes: int, given: Given) -> None:
    """Train in several processes of this machine; the file, or the data, are checked before they start."""
    from ftcli.runs.experiment_checks import load_checked

    load_checked(given.start().config, given.overrides)
    _launch(processes, given.words())


def launch_again(processes: int, run: Path, overrides: Sequence[str]) -> None:
    """Go on with a run in several processes of this machine."""
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.resume_guard import load_to_resume

    load_to_resume(RunDirectory.existing(run), overrides)
    _launch(processes, ["--resume", str(run), *overrides])


def _launch(processes: int, arguments: Sequence[str]) -> None:
    check_installation()
    from ftcli.training.distributed.launch import torchrun

    torchrun(processes, ["-m", "ftcli", "train", *arguments])


def _run(screen: Screen, training: Training) -> None:
    from ftcli.runs.more_epochs import how_to_train_on

    path = training.directory.path
    try:
        training.begin()
        screen.log_to(training.directory)
        watch(screen, training)
    except BaseException as raised:
        error = training.cause(raised)
        abandoned = training.abandon()
        if (
            isinstance(error, RunError | WorkerError | PeerError)
            and not abandoned
            and training.directory.lock.held
        ):
            advice = f"The last checkpoint is as it was. Go on with: ftcli train --resume {path}"
            raise type(error)(f"{error}\n{advice}") from error
        if not isinstance(error, Interruption):
            raise error from error.__cause__
        advice = (
            "No epoch was finished; start again" if abandoned else f"Go on with: ftcli train --resume {path}"
        )
        raise Interruption(error.signal_number, advice) from None
    for name, scores in training.scores.items():
        show_scores(screen, name, scores.figures, scores.per_class)
    if training.seconds_to_first_step is not None:
        screen.line(f"the first step was done {training.seconds_to_first_step} s after the command")
    screen.line(f"best epoch {training.fit.progress.best_epoch}; the run is in {path}", style="bold")
    if training.group.leads:
        screen.line(how_to_train_on(training.directory, training.session.experiment))
