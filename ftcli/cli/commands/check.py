"""`ftcli check`: what is wrong or odd with data, before a training or in place of one."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ftcli.cli.arguments import JsonOption, LabelOption, TaskOption
from ftcli.errors import FOUND, counted

if TYPE_CHECKING:
    from ftcli.cli.screen import Screen
    from ftcli.cli.starting import Given
    from ftcli.config.schema import Experiment
    from ftcli.findings.check import Checked
    from ftcli.findings.finding import Finding

_STYLES = {"error": "red", "warning": "yellow", "note": None}


def check(
    data: Annotated[
        str, typer.Argument(metavar="DATA|CONFIG", help="A folder, a table, a YAML file, or a run.")
    ],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="key=value, such as data.label=stars.", show_default=False)
    ] = None,
    task: TaskOption = None,
    label: LabelOption = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help=f"End with status {FOUND} where there is an error or a warning."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look for broken files, copies, leaks between splits, contradicting labels and odd classes."""
    from ftcli.cli.overrides import joined
    from ftcli.cli.screen import Screen
    from ftcli.cli.starter import Wishes
    from ftcli.cli.starting import Given
    from ftcli.findings.check import check as look
    from ftcli.runs.kept_features import kept_features

    started = time.monotonic()
    experiment = _experiment(Given(data, Wishes(task, label), joined(overrides or [])))
    from ftcli.tasks import OUTLINES

    outline = OUTLINES[experiment.task]
    checked = look(
        experiment.data,
        inputs=outline.inputs,
        wants=outline.wants,
        seed=experiment.split_seed,
        places=experiment.places,
        kept=partial(kept_features, experiment.data.cache),
    )
    seconds = time.monotonic() - started
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json(_document(data, checked, seconds), indent=2))
    else:
        _show(Screen(), checked, seconds)
    if strict and any(one.serious for one in checked.findings):
        raise typer.Exit(FOUND)


def _experiment(given: Given) -> Experiment:
    """The experiment of a YAML file or a run, or the one that data stand for. Raises `UserError` for anything else."""
    from ftcli.runs.experiment_checks import load_checked

    run = Path(given.argument) / "experiment.yaml"
    return load_checked(run if run.is_file() else given.start().config, given.overrides)


def _document(data: str, checked: Checked, seconds: float) -> dict[str, Any]:
    from ftcli.findings.finding import as_json

    known = as_json(checked.findings)
    head = {"version": known["version"], "data": data, "examples": dict(checked.examples)}
    return {**head, **known, "seconds": round(seconds, 1)}


def _show(screen: Screen, checked: Checked, seconds: float) -> None:
    from ftcli.findings.finding import severities

    for finding in checked.findings:
        _show_one(screen, finding)
    found, examples = severities(checked.findings), counted(sum(checked.examples.values()), "example")
    screen.line(f"{found}; {examples} in {seconds:.1f} s", style="bold")


def _show_one(screen: Screen, finding: Finding) -> None:
    screen.line(f"{finding.severity}: {finding.message}", style=_STYLES[finding.severity])
    for place in finding.places:
        screen.line(f"    {place}")
    if finding.count > len(finding.places) > 0:
        screen.line(f"    and {finding.count - len(finding.places):,} more")
    screen.line(f"  -> {finding.advice}")
