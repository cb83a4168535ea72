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
    plan: Annotated[
        bool, typer.Option("--plan", help="Show every choice, note and block; train nothing.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only errors, and the path of the run at the end.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print all that --plan shows before training.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON document at the end; the rest goes to standard error."),
    ] = False,
    processes: Annotated[
        int, typer.Option(min=1, help="Train in so many processes of this machine, by torchrun.")
    ] = 1,
    offline: OfflineOption = False,
) -> None:
    """Fine-tune as a YAML file says, or on data that are looked at first."""
    if offline:
        go_offline()
    from ftcli.cli.starter import Wishes
    from ftcli.cli.starting import Given

    wishes, tries = Wishes(task, label, model), print_config or dry_run or plan
    # With --resume the first positional argument is a change, whatever it is.
    first = [config] if resume is not None and config is not None else []
    changes = joined([*first, *(overrides or [])])
    if resume is not None:
        _check_resume(changes, tries, wishes != Wishes())
    elif config is None:
        raise UserError(
            "give a YAML file, data, or --resume RUN. For example: ftcli train photos, or ftcli train quickstart"
        )
    _check_shown(quiet=quiet, verbose=verbose, plan=plan, as_json=as_json, tries=tries)
    from ftcli.cli import training

    shown, several = training.Shown(quiet, verbose, as_json), processes > 1 and not (dry_run or plan)
    if resume is not None and several:
        training.launch_again(processes, resume, changes, shown)
    elif resume is not None:
        training.resume(resume, changes, shown)
    elif config is not None:
        given = Given(config, wishes, changes)
        if print_config:
            training.print_config(given)
        elif several:
            training.launch(processes, given, shown)
        else:
            training.train(given, dry_run=dry_run, plan=plan, shown=shown)


def _check_shown(*, quiet: bool, verbose: bool, plan: bool, as_json: bool, tries: bool) -> None:
    """Raise `UserError` for options that contradict each other."""
    if quiet and (verbose or plan):
        raise UserError(f"--quiet shows nothing, and {'--plan' if plan else '--verbose'} more: choose one")
    if as_json and tries:
        raise UserError("--json prints what a training came to: not with --print-config, --plan or --dry-run")


def _check_resume(changes: Sequence[str], shows: bool, data: bool) -> None:
    """Raise `UserError` for what does not go with --resume: a YAML file, and what trains nothing or is of data."""
    files = [one for one in changes if "=" not in one]
    if files or shows or data:
        given = (
            f", not {listing(files)}" if files else ", and neither --print-config nor --dry-run nor --plan"
        )
        given = ", and neither --task nor --label nor --model" if data else given
        raise UserError(
            f"--resume goes on with a run by its own experiment.yaml; it takes key=value to change that{given}"
        )
