"""`ftcli recommend`: which pre-trained network to fine-tune on your data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ftcli.cli.arguments import (
    Changes,
    Config,
    JsonOption,
    LabelOption,
    OfflineOption,
    PriceOption,
    TaskOption,
)
from ftcli.errors import Interruption
from ftcli.system import signals
from ftcli.system.offline import go_offline

if TYPE_CHECKING:
    from ftcli.studies.recommend.study import Study


def recommend(
    config: Config,
    overrides: Changes = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            help="Networks to choose from: names or globs of list-models, folders, files of weights, NAME@FILE, "
            "NAME:PIXELS; several with commas. Those on this machine if left out.",
            show_default=False,
        ),
    ] = None,
    time: Annotated[str, typer.Option(help="How long it may take: 90s, 10m, 1h.")] = "10m",
    memory: Annotated[
        str | None, typer.Option(help="What training may take at most: 4GiB.", show_default=False)
    ] = None,
    latency: Annotated[
        str | None, typer.Option(help="What one example may take at most: 20ms.", show_default=False)
    ] = None,
    price: PriceOption = None,
    race: Annotated[
        int, typer.Option(min=0, help="How many are fine-tuned to compare them; 0 for none.")
    ] = 3,
    best: Annotated[
        bool, typer.Option("--best", help="Take the best, however small the gain and however large its cost.")
    ] = False,
    task: TaskOption = None,
    label: LabelOption = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The folder of the study; runs/NAME-recommend if left out.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Try pre-trained networks on your data and say which one to fine-tune, with what it costs."""
    if offline:
        go_offline()
    from ftcli.cli.overrides import joined
    from ftcli.cli.preconditions import check_alone
    from ftcli.cli.screen import Screen, show_notes
    from ftcli.cli.starter import Wishes
    from ftcli.cli.starting import Given
    from ftcli.cli.studies.quantities import price as price_of_hour
    from ftcli.cli.studies.quantities import seconds, size
    from ftcli.cli.studies.recommended import show

    check_alone("recommend")
    asked: dict[str, Any] = {
        "models": models or (),
        "seconds": seconds(time, "--time"),
        "memory": None if memory is None else size(memory, "--memory"),
        "latency": None if latency is None else seconds(latency, "--latency"),
        "price": price_of_hour(price),
        "race": race,
        "best": best,
    }
    given, screen = Given(config, Wishes(task, label), joined(overrides or [])), Screen(errors=as_json)
    with screen.working(f"opening the data of {config} ..."):
        from ftcli.runs.experiment_checks import load_checked

        start = given.start()
        experiment = load_checked(start.config, given.overrides)
        from ftcli.studies.recommend.study import Asked, Study

        said = {override.partition("=")[0].strip() for override in given.overrides}
        own = {key: value for key, value in start.with_model.items() if f"data.{key}" not in said}
        without: dict[str, Any] = dict.fromkeys(own)
        base = replace(experiment, data=replace(experiment.data, **without))
        folder = output or Path("runs") / f"{start.name}-recommend"
        study = Study(base, folder, Asked(**asked), own.get("image_size"))
        study.say = lambda words: screen.doing(f"{words} ...")
    show_notes(screen, start.guesses)
    with screen.working("looking for networks ..."):
        document = _run(study)
    show(screen, document)
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json(document, indent=2))


def _run(study: Study) -> dict[str, Any]:
    """Run the study, and give its document."""
    from ftcli.studies.recommend.document import JSON
    from ftcli.studies.recommend.recommend import recommend as run

    found: dict[str, Any] = {}
    try:
        for _, document in run(study):
            found = document
    except BaseException as error:
        raised = signals.cause(error)
        if not isinstance(raised, Interruption):
            raise
        known = study.folder / JSON
        again = f"Go on with the same command: what is known is in {known}"
        raise Interruption(raised.signal_number, again if known.is_file() else "") from None
    return found
