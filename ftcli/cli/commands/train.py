"""`ftcli train`: its arguments; `cli/training.py` does what they say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ftcli.cli.arguments import LabelOption, ModelOption, OfflineOption, TaskOption
from ftcli.cli.overrides import joined
from ftcli.errors import UserError, listing
from ftcli.system.offline import go_offline


def train(
    config: Annotated[
        str | None,
        typer.Argument(
            metavar="YAML|DATA",
            help="A YAML file, the name of a shipped example, or data: a folder, a table, a known data set.",
            show_default=False,
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE", help="Changes to the YAML, or to that of --resume RUN.", show_default=False
        ),
    ] = None,
    task: TaskOption = None,
    label: LabelOption = None,
    model: ModelOption = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with this run.", show_default=False)] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Show the resolved experiment; train nothing.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Data, model and one step; write nothing.")
    ] = False,
    processes: Annotated[
        int, typer.Option(min=1, help="Train in so many processes of this machine, by torchrun.")
    ] = 1,
    offline: OfflineOption = False,
) -> None:
    """Fine-tune as a YAML file says, or on data that are looked at first."""
    if offline:
        go_offline()
    changes = list(overrides or [])
    from ftcli.cli.starter import Wishes
    from ftcli.cli.starting import Given

    wishes = Wishes(task, label, model)
    if resume is not None:
        # The first positional argument, whatever it is.
        if config is not None:
            changes.insert(0, config)
        changes = joined(changes)
        _check_resume(changes, print_config or dry_run or wishes != Wishes())
    elif config is None:
        raise UserError(
            "give a YAML file, data, or --resume RUN. For example: ftcli train photos, or ftcli train quickstart"
        )
    from ftcli.cli import training

    changes = joined(changes)
    several = processes > 1 and not (print_config or dry_run)
    if resume is not None and several:
        training.launch_again(processes, resume, changes)
    elif resume is not None:
        training.resume(resume, changes)
    elif config is not None and several:
        training.launch(processes, Given(config, wishes, changes))
    elif config is not None:
        training.train(Given(config, wishes, changes), print_config=print_config, dry_run=dry_run)


def _check_resume(changes: Sequence[str], shows: bool) -> None:
    """Raise `UserError` for what does not go with --resume: a YAML file, and what trains nothing."""
    files = [one for one in changes if "=" not in one]
    if files or shows:
        given = f", not {listing(files)}" if files else ", and no option that is for another start"
        raise UserError(
            f"--resume goes on with a run by its own experiment.yaml; it takes key=value to change that{given}"
        )
