"""`ftcli runs`: a table of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ftcli.cli.arguments import JsonOption
from ftcli.errors import UserError
from ftcli.system.paths import no_such_path

if TYPE_CHECKING:
    from ftcli.report.state import Standing

USUAL = Path("runs")
# Columns that a narrow terminal goes without, the first of them first.
_SPARED = ("task", "MB", "epoch", "model", "data")
# What the state, which is wrapped, has room for at least.
_STATE = 20


def runs(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to look, also in folders below it.")
    ] = USUAL,
    sort: Annotated[
        Literal["newest", "name", "figure", "size"], typer.Option(help="What comes first.")
    ] = "newest",
    as_json: JsonOption = False,
) -> None:
    """List runs: task, model, data, best figure, time, size, and whether they are finished."""
    from ftcli.report.folders import run_folders
    from ftcli.report.state import standing

    try:
        found = [_described(standing(path), folder) for path in run_folders(folder)]
    except FileNotFoundError as error:
        if folder != USUAL:
            raise UserError(no_such_path(folder)) from error
        found = []
    except OSError as error:
        raise UserError(f"{folder}: cannot be read: {error.strerror}") from error
    found.sort(key=lambda run: _key(run, sort))
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json({"folder": str(folder), "runs": found}, indent=2))
    else:
        _show(folder, found)


def _described(standing: Standing, folder: Path) -> dict[str, Any]:
    """One run as JSON has it."""
    from ftcli.report.folders import last_written
    from ftcli.runs.files.run_files import RunFiles

    run = standing.run
    name = "." if run.path == folder else str(run.path.relative_to(folder))
    figure = run.best_figure
    return {
        "name": run.name if name == "." else name,
        "path": str(run.path),
        "task": run.task,
        "model": run.settings.get("model.backbone", ""),
        "data": run.settings.get("data.source") or run.settings.get("data.train", ""),
        "metric": run.metric,
        "lower_is_better": run.lower_is_better,
        "value": figure and figure.value,
        "low": figure and figure.low,
        "high": figure and figure.high,
        "best_epoch": run.best,
        "epochs": run.epochs or run.history.done or None,
        "seconds": run.seconds,
        "bytes": RunFiles(run.path).size(),
        "state": standing.state,
        "detail": standing.detail,
        "ftcli": run.environment.get("ftcli", ""),
        "written": datetime.fromtimestamp(last_written(run.path))
        .astimezone()
        .isoformat(timespec="milliseconds"),
    }


def _key(run: Mapping[str, Any], sort: str) -> tuple[Any, ...]:
    """What sorts runs; those with the same figure are best first, others apart."""
    if sort == "figure":
        value = run["value"]
        better = 0.0 if value is None else value if run["lower_is_better"] else -value
        return value is None, run["task"], run["metric"], better, run["name"]
    if sort == "newest":
        return -datetime.fromisoformat(run["written"]).timestamp(), run["name"]
    return (-run["bytes"] if sort == "size" else 0, run["name"])


def _show(folder: Path, found: Sequence[Mapping[str, Any]]) -> None:
    from ftcli.cli.predictions import printable_row
    from ftcli.cli.screen import Screen
    from ftcli.cli.terminal_table import show_rows

    screen, rows = Screen(), [printable_row(_row(run)) for run in found]
    if not rows:
        screen.line(f"no runs in {folder}; ftcli train writes them into {USUAL}")
        return
    if screen.console.is_terminal:
        rows = _fitting(rows, screen.console.width)
    show_rows(screen, rows, paths="run", wrapped="state")


def _row(run: Mapping[str, Any]) -> dict[str, str]:
    """One run as a table has it."""
    return {
        "run": run["name"],
        "task": run["task"],
        "model": _last(run["model"]),
        "data": _last(run["data"]),
        "figure": _figure(run),
        "epoch": "" if run["best_epoch"] is None else str(run["best_epoch"]),
        "minutes": "" if run["seconds"] is None else f"{run['seconds'] / 60:.1f}",
        "MB": f"{run['bytes'] / 1e6:.1f}",
        "state": ": ".join(filter(None, (run["state"], run["detail"]))),
    }


def _fitting(rows: Sequence[dict[str, str]], width: int) -> list[dict[str, str]]:
    """The rows without the columns that a narrow terminal has no room for; a pipe and JSON have all."""
    from ftcli.cli.terminal_table import GAP

    widths = {name: max(len(name), *(len(row[name]) for row in rows)) + GAP for name in rows[0]}
    widths["state"] = min(widths["state"], _STATE)
    kept = list(widths)
    for name in _SPARED:
        if sum(widths[one] for one in kept) - GAP > width:
            kept.remove(name)
    return [{name: row[name] for name in kept} for row in rows]


def _figure(run: Mapping[str, Any]) -> str:
    from ftcli.cli.figures import shown_figure

    return (
        ""
        if run["value"] is None
        else f"{run['metric']} {shown_figure(run['value'], run['low'], run['high'])}"
    )


def _last(path: str) -> str:
    """The name of a path on this machine; an id, which has no root, as it is."""
    return Path(path).name if Path(path).is_absolute() else path
