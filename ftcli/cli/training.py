"""`ftcli train`: fine-tune, or go on with a run.

As in every command, heavy rooms are imported inside, so that a mistake is answered at once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ftcli.cli.ending import result, show_end, show_tracker_notes
from ftcli.cli.plan import show_plan
from ftcli.cli.preconditions import check_installation
from ftcli.cli.predictions import printable_json
from ftcli.cli.progress import watch
from ftcli.cli.screen import Screen, show_notes
from ftcli.cli.starting import Given, Start
from ftcli.cli.studies.probe import computing
from ftcli.errors import Interruption, PeerError, RunError, WorkerError, command, listing, printable
from ftcli.system.uptime import seconds_since_start

if TYPE_CHECKING:
    from ftcli.config.schema import Experiment
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.training import Training
    from ftcli.training.distributed.group import Group


class Shown(NamedTuple):
    """How much a training prints, and where."""

    # Nothing but errors and, at the end, the path of the run.
    quiet: bool = False
    # The whole plan.
    verbose: bool = False
    # One document on standard output, at the end; lines go to standard error.
    as_json: bool = False

    def screen(self) -> Screen:
        """Where lines are printed: by the first of several processes."""
        return Screen(quiet=self.quiet or os.environ.get("RANK", "0") != "0", errors=self.as_json)

    def options(self) -> list[str]:
        """The same for another process."""
        named = {"--quiet": self.quiet, "--verbose": self.verbose, "--json": self.as_json}
        return [option for option, given in named.items() if given]


def print_config(given: Given) -> None:
    """Print the resolved experiment."""
    screen = Screen(quiet=not sys.stderr.isatty(), errors=True)
    with _opening(screen, given.argument):
        from ftcli.runs.experiment_checks import load_checked

        start = given.start()
        experiment = load_checked(start.config, given.overrides)
        check_installation()
        from ftcli.config.dump import dump_experiment
        from ftcli.runs.directory import RunDirectory
        from ftcli.runs.session import prepare
        from ftcli.runs.settling.settle import settle
        from ftcli.training.distributed.group import Group

        RunDirectory.choose(experiment, start.name)
        settled = settle(experiment, start.name, Group(), dry=True, watch=screen.measuring)
        text = dump_experiment(prepare(settled.experiment).experiment)
    sys.stdout.write(text)


def train(given: Given, *, dry_run: bool = False, plan: bool = False, shown: Shown) -> None:
    """Train as a file says or data suggest; or show the whole plan alone; or run one step and write nothing."""
    screen = shown.screen()
    with _opening(screen, given.argument) as opening:
        from ftcli.runs.experiment_checks import load_checked

        # Of several processes one looks at data, for all: what is on their machines may differ.
        several = int(os.environ.get("WORLD_SIZE", "1")) > 1 and given.file() is None
        start = None if several else given.start()
        experiment = None if start is None else load_checked(start.config, given.overrides)
        opening()
        check_installation()
        from ftcli.runs.directory import RunDirectory
        from ftcli.training.distributed.start import joined

        with joined() as group:
            if start is None or experiment is None:
                start = _agreed(given, group)
                experiment = load_checked(start.config, given.overrides)
            begun = RunDirectory.of_launch(experiment, start.name) if group.restarted else None
            if group.restarted and (begun := group.broadcast(begun)):
                _resume(screen, begun, group, shown)
                return
            start.show(screen)
            if dry_run or plan:
                _try(screen, experiment, start.name, group, step=not plan, whole=plan or shown.verbose)
            else:
                _train(screen, experiment, start.name, group, shown)


def _agreed(given: Given, group: Group) -> Start:
    """What the first process finds in the data."""
    with group.agreeing():
        start = given.start() if group.leads else Start(Path(), "")
    return group.broadcast(start)


@contextmanager
def _opening(screen: Screen, path: object) -> Iterator[Callable[[], None]]:
    """Says at once that something is done, which takes seconds; once, where there are several processes.

    Where that is a line that stays, it is printed when what is given is called: a mistake in the file needs none.
    """
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    what = f"opening the data and the model of {path} ..."
    with nullcontext() if several else screen.working(what):
        yield lambda: None if several or screen.width else screen.line(what, logged=False)


def _train(screen: Screen, experiment: Experiment, name: str, group: Group, shown: Shown) -> None:
    from ftcli.runs.train import new_training

    began = time.monotonic() - seconds_since_start()
    training = new_training(
        experiment, name, group, began=began, watch=computing(screen), measuring=screen.measuring
    )
    show_plan(screen, training, whole=shown.verbose, log=str(training.directory.path / "log.txt"))
    _run(screen, training, shown)


def _try(screen: Screen, experiment: Experiment, name: str, group: Group, *, step: bool, whole: bool) -> None:
    """Show the plan, and take one step if that is asked for."""
    from ftcli.runs.train import new_training

    training = new_training(experiment, name, group, dry=True, measuring=screen.measuring)
    show_plan(screen, training, whole=whole)
    if not step:
        return
    if training.fit.plan.epochs == 0:
        screen.line("dry run: training.epochs is 0, so no step is taken; nothing was written")
        return
    report = next(iter(training.fit))
    show_notes(screen, report.notes)  # type: ignore[union-attr]
    screen.line(f"dry run: one step, loss {report.read():.4f}; nothing was written")  # type: ignore[union-attr]


def resume(path: Path, overrides: Sequence[str], shown: Shown) -> None:
    """Go on with a run from its last checkpoint; with a finished one if `overrides` or its experiment ask for more."""
    screen = shown.screen()
    with _opening(screen, path) as opening:
        opening()
        check_installation()
        from ftcli.training.distributed.start import joined

        with joined() as group:
            _resume(screen, path, group, shown, overrides)


def _resume(screen: Screen, path: Path, group: Group, shown: Shown, overrides: Sequence[str] = ()) -> None:
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.more_epochs import clear, ended, how_to_train_on
    from ftcli.runs.resume_guard import load_to_resume
    from ftcli.runs.resuming import changed_numerics
    from ftcli.runs.train import resumed_training

    with group.agreeing():
        directory = RunDirectory.existing(path)
        experiment, edits = load_to_resume(directory, overrides)
        over = ended(directory, experiment)
    if over := group.broadcast(over):
        if group.leads:
            cleared = "; the optimizer's state, which was still there, is removed" if clear(directory) else ""
            ignored = f", and {listing(overrides)} is ignored" if overrides else ""
            screen.line(f"{path} is finished ({over}); there is nothing to resume{ignored}{cleared}")
            screen.line(how_to_train_on(directory, experiment))
            _answer(directory, shown)
        return
    with group.agreeing():
        if group.leads:
            directory.lock.take()
    training = resumed_training(
        directory, experiment, group, edited=bool(overrides), watch=computing(screen),
        began=time.monotonic() - seconds_since_start(),
    )  # fmt: skip
    show_notes(screen, [f"{problem}. The one before it is used" for problem in training.restored.damaged])
    show_notes(screen, [f"{edit}: the run goes on so" for edit in edits])
    show_notes(screen, training.restored.notes)
    if changed := changed_numerics(training.session, training.directory):
        show_notes(screen, [f"{listing(changed)}: the run goes on, but its last bits may differ"])
    if shown.verbose:
        show_plan(screen, training, whole=True)
    progress = training.fit.progress
    within = f", step {progress.step:,}" if training.fit.within_epoch else ""
    where = (
        f"after epoch {progress.epoch}{within}"
        if training.restored.saved
        else "from the start, as nothing was saved yet"
    )
    screen.line(f"resuming {path} {where}")
    _run(screen, training, shown)


def launch(processes: int, given: Given, shown: Shown) -> None:
    """Train in several processes of this machine; the file, or the data, are checked before they start."""
    with _opening(shown.screen(), given.argument) as opening:
        from ftcli.runs.experiment_checks import load_checked

        load_checked(given.start().config, given.overrides)
        opening()
    _launch(processes, given.words(), shown)


def launch_again(processes: int, run: Path, overrides: Sequence[str], shown: Shown) -> None:
    """Go on with a run in several processes of this machine."""
    with _opening(shown.screen(), run) as opening:
        from ftcli.runs.directory import RunDirectory
        from ftcli.runs.resume_guard import load_to_resume

        load_to_resume(RunDirectory.existing(run), overrides)
        opening()
    _launch(processes, ["--resume", str(run), *overrides], shown)


def _launch(processes: int, arguments: Sequence[str], shown: Shown) -> None:
    check_installation()
    from ftcli.training.distributed.launch import torchrun

    torchrun(processes, ["-m", "ftcli", "train", *arguments, *shown.options()])


def _run(screen: Screen, training: Training, shown: Shown) -> None:
    from ftcli.runs.more_epochs import how_to_train_on

    path = training.directory.path
    go_on = command("train", "--resume", path)
    try:
        training.begin()
        screen.log_to(training.directory)
        watch(screen, training)
    except BaseException as raised:
        show_tracker_notes(screen, training)
        error = training.cause(raised)
        abandoned = training.abandon()
        if (
            isinstance(error, RunError | WorkerError | PeerError)
            and not abandoned
            and training.directory.lock.held
        ):
            advice = f"The last checkpoint is as it was. Go on with: {go_on}"
            raise type(error)(f"{error}\n{advice}") from error
        if not isinstance(error, Interruption):
            raise error from error.__cause__
        advice = "No epoch was finished; start again" if abandoned else f"Go on with: {go_on}"
        raise Interruption(error.signal_number, advice) from None
    if training.group.leads:
        show_end(screen, training, how_to_train_on(training.directory, training.session.experiment))
        _answer(training.directory, shown)


def _answer(directory: RunDirectory, shown: Shown) -> None:
    """What a program reads of a run that has ended, on standard output."""
    if shown.as_json:
        print(printable_json(result(directory), indent=2))
    elif shown.quiet:
        print(printable(str(directory.path)))
