"""What the commands do, one function each. Heavy rooms are imported inside, so that a mistake is answered at once."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ftcli.cli.predictions import Saved, check_ending, printable_json, printable_row, write_aside, write_csv
from ftcli.cli.screen import (
    Screen,
    show_blocks,
    show_compiled,
    show_kept,
    show_notes,
    show_plan,
    show_scores,
    watch,
)
from ftcli.errors import Interruption, PeerError, RunError, UserError, WorkerError, cut, listing

if TYPE_CHECKING:
    from ftcli.config.schema import Experiment
    from ftcli.models.catalogue import Entry
    from ftcli.runs.training import Training
    from ftcli.store.store import ShelfSummary
    from ftcli.training.distributed.group import Group


def train(config: Path, overrides: Sequence[str], *, print_config: bool, dry_run: bool) -> None:
    """Train as the file says; or show the resolved experiment; or go through one step and write nothing."""
    from ftcli.config.load import dump_experiment, load_experiment
    from ftcli.runs.names import NAMES

    experiment = load_experiment(config, overrides, names=NAMES)
    check_installation()
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.session import prepare
    from ftcli.training.distributed.group import joined

    if print_config:
        RunDirectory.choose(experiment, config.stem)
        sys.stdout.write(dump_experiment(prepare(experiment).experiment))
        return
    with joined() as group:
        if group.restarted and (begun := group.told(RunDirectory.of_launch(experiment, config.stem))):
            _resume(begun, group)
        else:
            _train(experiment, config.stem, group, dry_run=dry_run)


def _train(experiment: Experiment, name: str, group: Group, *, dry_run: bool) -> None:
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.session import prepare
    from ftcli.runs.training import Training

    with group.agreeing():
        directory = RunDirectory.choose(experiment, name)
        session = prepare(experiment, group=group)
    directory = directory if group.leads else directory.watched()
    screen = Screen(quiet=not group.leads)
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


def resume(path: Path, overrides: Sequence[str] = ()) -> None:
    """Go on with a run from its last checkpoint; with a finished one if `overrides` or its experiment ask for more."""
    check_installation()
    from ftcli.training.distributed.group import joined

    with joined() as group:
        _resume(path, group, overrides)


def _resume(path: Path, group: Group, overrides: Sequence[str] = ()) -> None:
    from ftcli.runs.checkpoints import format as checkpoint
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.more_epochs import clear, ended, how_to_train_on
    from ftcli.runs.resume_guard import load_to_resume
    from ftcli.runs.session import findable, prepare
    from ftcli.runs.training import Training

    with group.agreeing():
        directory = RunDirectory.existing(path)
        experiment, edits = load_to_resume(directory, overrides)
        over = ended(directory, experiment)
    screen = Screen(quiet=not group.leads)
    if over := group.told(over):
        if group.leads:
            cleared = "; the optimizer's state, which was still there, is removed" if clear(directory) else ""
            ignored = f", and {listing(overrides)} is not taken up" if overrides else ""
            screen.line(f"{path} is finished ({over}); there is nothing to resume{ignored}{cleared}")
            screen.line(how_to_train_on(directory, experiment))
        return
    with group.agreeing():
        if group.leads:
            directory.lock.take()
    # Without a checkpoint it starts as it did, with its original weights.
    begun = group.told(bool(checkpoint.found(directory.checkpoints)))
    with group.agreeing():
        session = prepare(experiment, directory if begun else None, group)
    own = directory if group.leads else directory.watched()
    training = Training(session, own, resume=True, edited=findable(experiment) if overrides else None)
    show_notes(screen, [f"{problem}. The one before it is used" for problem in training.damaged])
    show_notes(screen, [f"{edit}: the run goes on so" for edit in edits] + training.notes)
    if changed := training.changed():
        show_notes(screen, [f"{listing(changed)}: the run goes on, but its last bits may differ"])
    progress = training.fit.progress
    within = f", step {progress.step:,}" if training.fit.within_epoch else ""
    where = f"after epoch {progress.epoch}{within}" if begun else "from the start, as nothing was saved yet"
    screen.line(f"resuming {path} {where}")
    _run(screen, training)


def launch(processes: int, config: Path | None, overrides: Sequence[str], run: Path | None) -> None:
    """Train, or go on with a run, in several processes of this machine. A mistake in the file starts none."""
    from ftcli.config.load import load_experiment
    from ftcli.runs.names import NAMES

    if config is None:
        from ftcli.runs.directory import RunDirectory
        from ftcli.runs.resume_guard import load_to_resume

        assert run is not None
        load_to_resume(RunDirectory.existing(run), overrides)
        given = ["--resume", str(run)]
    else:
        load_experiment(config, overrides, names=NAMES)
        given = [str(config)]
    check_installation()
    from ftcli.training.distributed.launch import torchrun

    torchrun(processes, ["-m", "ftcli", "train", *given, *overrides])


def _run(screen: Screen, training: Training) -> None:
    from ftcli.loading.loader import dead_worker
    from ftcli.runs.more_epochs import how_to_train_on

    path = training.directory.path
    try:
        training.begin()
        screen.log_to(training.directory)
        watch(screen, training)
    except BaseException as raised:
        error = dead_worker(raised) or training.group.lost(raised) or raised
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


def evaluate(
    run: str | None, checkpoint: Path | None, data: str | None, device: str | None, *, as_json: bool
) -> None:
    """Score a run or checkpoint."""
    path, more = _run_among(checkpoint, () if run is None else (run,), "eval {}")
    if more:
        raise UserError(f"--checkpoint {checkpoint} and {run}: give one run to score")
    check_installation()
    _check_alone("eval")
    from ftcli.runs.evaluating import evaluate_trained, open_trained

    trained = open_trained(path, device=device)
    evaluation = evaluate_trained(trained, data)
    name, scores = evaluation.data, evaluation.scores
    if as_json:
        document = {
            "checkpoint": str(trained.checkpoint),
            "data": name,
            "examples": scores.examples,
            **scores.figures,
            "per_class": list(scores.per_class),
        }
        print(printable_json(document, indent=2))
        return
    screen = Screen()
    screen.line(f"{trained.checkpoint}: {scores.examples:,} examples")
    show_notes(screen, evaluation.notes)
    show_scores(screen, name, scores.figures, scores.per_class)


def predict(
    checkpoint: Path | None,
    arguments: Sequence[str],
    table: str | None,
    output: Path | None,
    save: Path | None,
    device: str | None,
) -> None:
    """Label what the arguments are, but the first where it is the run; or the rows of a table."""
    path, arguments = _run_among(checkpoint, arguments, "predict {} FILE...")
    if bool(arguments) == (table is not None):
        raise UserError("give either files or --input TABLE to predict")
    if output is not None:
        _check_output(output)
        check_ending(output)
    if save is not None:
        _check_folder(save)
    check_installation()
    _check_alone("predict")
    from ftcli.data.standard_input import MARK, is_terminal
    from ftcli.runs.evaluating import open_trained, predict_arguments

    if MARK in (*arguments, table) and is_terminal():
        print("reading from the terminal: end with Ctrl-D on an empty line", file=sys.stderr)
    trained = open_trained(path, device=device)
    saved = Saved(save)
    work = predict_arguments(trained, arguments, table)
    rows = saved.rows(work.predictions)
    if output is None:
        write_csv(sys.stdout, map(printable_row, rows))
    else:
        write_aside(output, rows)
        print(f"{saved.predictions:,} predictions in {output}")
    without = f"{saved.empty:,} of {saved.predictions:,} examples have nothing to label, and no row"
    for note in (*work.notes, *([without] if saved.empty else [])):
        print(f"note: {note}", file=sys.stderr)
    if save is not None:
        print(f"{saved.files:,} files in {save}", file=sys.stderr if output is None else sys.stdout)


def _run_among(checkpoint: Path | None, arguments: Sequence[str], usage: str) -> tuple[Path, Sequence[str]]:
    """The run, and what else is given: the first argument is the run unless --checkpoint names it.

    Raises `UserError` where that is not a run.
    """
    from ftcli.runs.directory import RunDirectory

    if checkpoint is not None:
        return checkpoint, arguments
    if arguments and RunDirectory.is_named_by(arguments[0]):
        return Path(arguments[0]), arguments[1:]
    wanted = f"ftcli {usage.format('RUN')} or ftcli {usage.format('--checkpoint RUN')}"
    if not arguments:
        raise UserError(f"say which run: {wanted}")
    there = (
        "is not the directory of a run or a checkpoint" if os.path.exists(arguments[0]) else "does not exist"
    )
    raise UserError(f"the first argument is the run, and {cut(arguments[0])} {there}. Use {wanted}")


def _check_alone(command: str) -> None:
    """Raise `UserError` in one of several processes: each would do all the work."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise UserError(f"{command} works in one process: start it without torchrun")


def _check_folder(save: Path) -> None:
    """Raise `UserError` for a folder that has something in it: nothing is overwritten."""
    if save.exists() and (not save.is_dir() or any(save.iterdir())):
        raise UserError(f"--save: {save} is there already, and not empty; choose another folder")


def _check_output(output: Path) -> None:
    """Raise `UserError` where a file cannot be put, or where one is: nothing is overwritten."""
    if output.exists():
        raise UserError(f"--output: {output} is there already; choose another name, or remove it")
    if not output.absolute().parent.is_dir():
        raise UserError(f"--output {output}: there is no folder {output.absolute().parent}")


def list_models(pattern: str | None, task: str | None, *, as_json: bool) -> None:
    """Print the catalogue."""
    from ftcli.models.catalogue import entries
    from ftcli.tasks import OUTLINES, TASKS

    if task is not None and task not in TASKS:
        raise UserError(f"--task: {TASKS.unknown(task)}")
    outline = None if task is None else OUTLINES[task]
    found = entries(pattern, outline and outline.inputs[0].name, outline and outline.form)
    if as_json:
        print(json.dumps([asdict(entry) for entry in found], indent=2))
        return
    if not found:
        raise UserError(f"no known model matches {pattern!r}. Any Hugging Face id or folder works as well")
    screen = Screen()
    screen.rows([("name", "source", "parameters", "input", "accuracy"), *map(_model_row, found)], indent="")


def _model_row(entry: Entry) -> tuple[object, ...]:
    from ftcli.contracts.modalities import MODALITIES

    unit = MODALITIES[entry.modality].size_unit
    size = f"{entry.input_size} {unit}" if entry.input_size else "-"
    accuracy = f"{entry.accuracy:.1f} {entry.measure}" if entry.accuracy else "-"
    source = f"{entry.source}, gated" if entry.gated else entry.source
    return entry.name, source, entry.parameters or "-", size, accuracy


def cache(folder: Path | None, *, clear: bool) -> None:
    """Show what is kept on disk, or remove it."""
    from ftcli.store.store import Store, default_folder

    store = Store(folder or default_folder(), limit=0)
    screen = Screen()
    if clear:
        try:
            freed = store.clear()
        except OSError as error:
            raise UserError(f"{store.folder} cannot be cleared: {error.strerror}") from error
        screen.line(f"{freed / 1e6:.1f} MB freed in {store.folder}")
        return
    shelves = store.shelves()
    total = sum(shelf.bytes for shelf in shelves)
    screen.line(f"{store.folder}: {total / 1e6:.1f} MB; ftcli cache --clear removes it")
    if shelves:
        screen.rows([("kind", "of", "entries", "MB", "last used"), *map(_shelf_row, shelves)])


def _shelf_row(shelf: ShelfSummary) -> tuple[object, ...]:
    inputs = f"images of {shelf.facts['resize']} px" if "resize" in shelf.facts else "texts"
    of = shelf.facts.get("source") or ("sounds" if "sounds" in shelf.facts else inputs)
    day = datetime.fromtimestamp(shelf.last_used).isoformat(" ", "minutes")
    return shelf.kind, str(of), shelf.entries, f"{shelf.bytes / 1e6:.1f}", day


def init(path: Path, output: Path | None) -> None:
    """Write a YAML file for a folder of images or of sounds, or a table."""
    from ftcli.cli.starter import starter_yaml
    from ftcli.data.discovery.recognise import look

    found = look(path)
    text = starter_yaml(path, found)
    if output is None:
        sys.stdout.write(text)
        return
    _check_output(output)
    output.write_text(text, encoding="utf-8")
    print(f"{output} is written. Train with: ftcli train {output}")


def schema() -> None:
    """Print the JSON Schema of the configuration."""
    check_installation()
    from ftcli.config.json_schema import json_schema
    from ftcli.runs.names import PARTS
    from ftcli.tasks import TASKS

    parts = {key: {name: table.load(name) for name in table} for key, table in PARTS.items()}
    print(json.dumps(json_schema(parts, list(TASKS), reserved=("target",)), indent=2))


def check_installation() -> None:
    """Answer a torchvision that was built for another torch with one sentence. Raises `InstallationError`."""
    from ftcli.system.packages import check

    check()
