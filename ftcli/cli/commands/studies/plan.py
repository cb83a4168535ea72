"""`ftcli plan`: what a training will cost, before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ftcli.cli.arguments import (
    Changes,
    Config,
    JsonOption,
    LabelOption,
    ModelOption,
    OfflineOption,
    PriceOption,
    TaskOption,
)
from ftcli.errors import command

if TYPE_CHECKING:
    from ftcli.cli.screen import Screen
    from ftcli.runs.training import Training
    from ftcli.studies.planning.planning import Planned
    from ftcli.studies.planning.target import Target


def plan(
    config: Config,
    overrides: Changes = None,
    task: TaskOption = None,
    label: LabelOption = None,
    model: ModelOption = None,
    device: Annotated[
        str | None,
        typer.Option(
            help="The device to plan for: cpu, cuda, or one that is not here: cuda:24GiB.", show_default=False
        ),
    ] = None,
    price: PriceOption = None,
    no_run: Annotated[
        bool, typer.Option("--no-run", help="Take no steps: trace them, or go by formulas.")
    ] = False,
    as_json: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Say what a training will cost in memory, time, disk and money, by steps that are measured here."""
    if offline:
        from ftcli.system.offline import go_offline

        go_offline()
    from ftcli.cli.overrides import joined
    from ftcli.cli.preconditions import check_alone, check_installation
    from ftcli.cli.screen import Screen
    from ftcli.cli.starter import Wishes
    from ftcli.cli.starting import Given
    from ftcli.cli.studies import quantities
    from ftcli.runs.experiment_checks import load_checked

    check_alone("plan")
    cost_of_hour = quantities.price(price)
    screen = Screen(errors=as_json)
    given = Given(config, Wishes(task, label, model), joined(overrides or []))
    with screen.working(f"opening the data and the model of {config}, and measuring ..."):
        start = given.start()
        experiment = load_checked(start.config, given.overrides)
        check_installation()
        from ftcli.runs.train import new_training
        from ftcli.studies.planning.planning import planned, suited
        from ftcli.studies.planning.target import Target, is_here

        target = None if device is None else Target.of(device)
        present = target is None or is_here(target)
        training = new_training(suited(experiment, target, present=present), start.name, dry=True)
        found = planned(training, target, present=present, run=not no_run, price=cost_of_hour)
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json({"config": config, "task": experiment.task, **found.as_json()}, indent=2))
        return
    start.show(screen)
    _show(screen, training, found, target)
    if target is None:
        screen.line(f"Train it: {command('train', *given.words())}", hang=2)


def _show(screen: Screen, training: Training, found: Planned, target: Target | None) -> None:
    """The plan of the training as `ftcli train` shows it, and what it costs."""
    from ftcli.cli.plan import found as left_to_measurements
    from ftcli.cli.plan import headline, summary
    from ftcli.cli.screen import show_notes
    from ftcli.cli.studies.costs import cost_rows

    session = training.session
    screen.line(headline(session), style="bold", hang=2)
    device = None if target is None else target.device
    patient = training.fit.plan.patience is not None
    screen.rows(
        [
            *summary(session, training, device),
            *left_to_measurements(session),
            *cost_rows(found, patient=patient),
        ]
    )
    show_notes(screen, found.notes)
    if found.fits is False:
        smaller = "training.micro_batch, data.image_size or data.max_length, training.precision: bf16"
        screen.line(
            f"this needs more memory than there is; less is needed with a smaller {smaller}",
            style="red",
            hang=2,
        )
