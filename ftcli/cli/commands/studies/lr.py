"""`ftcli lr`: which learning rates make sense for a training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
from ftcli.system.offline import go_offline


def lr(
    config: Config,
    overrides: Changes = None,
    task: TaskOption = None,
    label: LabelOption = None,
    model: ModelOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="A folder for the curves, as lr.json and lr.svg; none if left out.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Sweep over learning rates and say which make sense; nothing is trained or changed."""
    if offline:
        go_offline()
    from ftcli.cli.overrides import joined
    from ftcli.cli.preconditions import check_alone, check_installation, check_output_folder
    from ftcli.cli.screen import Screen
    from ftcli.cli.starter import Wishes
    from ftcli.cli.starting import Given
    from ftcli.cli.studies.rate_curve import show_rates

    given, screen = Given(config, Wishes(task, label, model), joined(overrides or [])), Screen(errors=as_json)
    check_alone("lr")
    if output is not None:
        check_output_folder(output)
    with screen.working(f"opening the data and the model of {config} ..."):
        from ftcli.runs.experiment_checks import load_checked

        start = given.start()
        experiment = load_checked(start.config, given.overrides)
        check_installation()
        from ftcli.studies.rates import study_rates

        study = study_rates(experiment, start.name, screen.measuring)
    files = [] if output is None else study.write(output)
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json(study.document(), indent=2))
        return
    start.show(screen)
    show_rates(screen, study, start.name, files)
