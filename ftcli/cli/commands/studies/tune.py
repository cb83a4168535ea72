"""`ftcli tune`: which settings to fine-tune with."""

from __future__ import annotations

import math
import time as clock
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ftcli.cli.arguments import (
    Changes,
    Config,
    JsonOption,
    LabelOption,
    ModelOption,
    OfflineOption,
    TaskOption,
)
from ftcli.errors import Interruption, RunError, UserError, command
from ftcli.system.offline import go_offline
from ftcli.system.uptime import seconds_since_start

if TYPE_CHECKING:
    from ftcli.cli.screen import Screen
    from ftcli.cli.starting import Given
    from ftcli.studies.tuning.tune import Asked


def tune(
    config: Config,
    overrides: Changes = None,
    time: Annotated[
        str | None,
        typer.Option(
            help="How long it may take, with all that --resume has taken before: 90s, 30m, 2h.",
            show_default=False,
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="How many settings are tried.", show_default=False)
    ] = None,
    search: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=RANGE",
            help="Search this, and only what is named so: optimizer.lr=1e-5..1e-3:log, training.epochs=3..10, "
            "freeze=[none,backbone]. Several times for several keys.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that train at once.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the study in its folder; help one that is running.")
    ] = False,
    task: TaskOption = None,
    label: LabelOption = None,
    model: ModelOption = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The folder of the study; runs/NAME-tune if left out.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Search settings that are better than the defaults on your data, by more than chance."""
    if offline:
        go_offline()
    from ftcli.cli.overrides import joined
    from ftcli.cli.preconditions import check_alone
    from ftcli.cli.screen import Screen
    from ftcli.cli.starter import Wishes
    from ftcli.cli.starting import Given
    from ftcli.cli.studies.quantities import seconds

    check_alone("tune")
    began = clock.monotonic() - seconds_since_start()
    limit = math.inf if time is None else seconds(time, "--time")
    if time is None and trials is None:
        raise UserError("say how long, or how many settings to try: --time 30m or --trials 20 would be right")
    given, screen = Given(config, Wishes(task, label, model), joined(overrides or [])), Screen(errors=as_json)
    from ftcli.studies.tuning.tune import Asked

    asked = Asked(limit, trials, workers)
    document = _tune(screen, given, search or [], output, asked, began, resume=resume)
    if as_json and document is not None:
        from ftcli.cli.predictions import printable_json

        print(printable_json(document, indent=2))


def _tune(
    screen: Screen,
    given: Given,
    search: list[str],
    output: Path | None,
    asked: Asked,
    began: float,
    *,
    resume: bool,
) -> dict[str, Any] | None:
    """Run the study, or a part of one that another process leads, which gives no document."""
    from ftcli.cli.studies.tuned import Shown, show
    from ftcli.runs.experiment_checks import load_checked
    from ftcli.studies.folder import empty, kept_in
    from ftcli.studies.tuning.beginning import is_left
    from ftcli.studies.tuning.search import parse
    from ftcli.studies.tuning.study import Study
    from ftcli.studies.tuning.tune import Tuning, in_time
    from ftcli.system.extras import check_extra
    from ftcli.system.lock import Lock

    check_extra("optuna", "tune", "ftcli tune")
    parse(search)
    with screen.working(f"opening the data and the model of {given.argument} ..."), in_time(began, asked):
        start = given.start()
        experiment = load_checked(start.config, given.overrides)
        folder = output or Path("runs") / f"{start.name}-tune"
        lock = Lock(folder)
        if not resume or is_left(folder):
            _check_free(folder, given)
            with kept_in(folder):
                folder.mkdir(parents=True, exist_ok=True)
                lock.take()
                empty(folder)
            study = Study.create(experiment, folder, given.argument, search)
        else:
            study = Study.existing(folder)
            study.check(experiment, search)
            if not lock.is_taken():
                lock.take()
                # A process that helps has its own time.
                began -= study.spent()
    shown = Shown(screen, study, asked, began)
    tuning = Tuning(study, asked, began, shown.trial, shown.doing)
    shown.begin()
    try:
        if not lock.held:
            tuning.join()
            screen.line(f"no trial is left to train: the process that leads {folder} goes on")
            return None
        document = tuning.run()
    except Interruption as raised:
        raise Interruption(raised.signal_number, _advice(given, folder, asked)) from None
    finally:
        lock.free()
    show(screen, document)
    if not document["finished"]:
        more = max(2 * asked.seconds, 1.2 * (document["needed_seconds"] or 0.0))
        screen.line(_advice(given, folder, replace(asked, seconds=more)))
    return document


def _advice(given: Given, folder: Path, asked: Asked) -> str:
    """How the study goes on."""
    from ftcli.config.quantities import time_written

    limits = ["--time", time_written(asked.seconds)] if math.isfinite(asked.seconds) else []
    limits += ["--trials", str(asked.trials)] if asked.trials is not None else []
    return f"Go on with: {command('tune', *given.words(), '--resume', '--output', folder, *limits)}"


def _check_free(folder: Path, given: Given) -> None:
    """Raise `RunError` for a file, and for a folder that has more in it than a study that was killed as it began."""
    from ftcli.studies.folder import is_free
    from ftcli.studies.tuning.beginning import BEGINNING, START, STUDY

    if not is_free(folder, BEGINNING if (folder / START).is_file() else ()):
        again = command("tune", *given.words(), "--resume", "--output", folder)
        go_on = f", or go on with it: {again}" if (folder / STUDY).is_file() else ""
        what = "not empty" if folder.is_dir() else "a file"
        raise RunError(f"{folder} is {what}. Choose another with --output{go_on}")
