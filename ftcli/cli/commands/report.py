"""`ftcli report`: runs as a page to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ftcli.cli.arguments import ForceOption
from ftcli.cli.preconditions import check_output, run_of
from ftcli.errors import UserError

PAGE = Path("report.html")


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="A run, or several side by side.", show_default=False),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            help=f"Write the page here; else into the run, or to {PAGE} here for several.", show_default=False
        ),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Show runs on one HTML page: curves, classes, worst errors, data; several with a paired test."""
    paths = [run_of(path) for path in runs]
    _check(paths)
    if output is None and len(paths) == 1:
        from ftcli.runs.directory import RunDirectory
        from ftcli.runs.reporting import report_run

        print(report_run(RunDirectory.existing(paths[0])))
        return
    from ftcli.report import page
    from ftcli.system.durable import write_text

    target = output or PAGE
    check_output(target, force=force)
    text = page.report(paths)
    try:
        write_text(target, text)
    except OSError as error:
        raise UserError(f"--output {target}: cannot be written: {error.strerror}") from error
    print(target)


def _check(paths: Sequence[Path]) -> None:
    from ftcli.report.page import MOST_RUNS

    if len(paths) > MOST_RUNS:
        raise UserError(f"{len(paths)} runs: a page shows {MOST_RUNS} at most")
    twice = [path for index, path in enumerate(paths) if path.resolve() in map(Path.resolve, paths[:index])]
    if twice:
        raise UserError(f"{twice[0]} is given twice")
