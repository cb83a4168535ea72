"""`ftcli sync`: the figures of a run, sent to trackers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ftcli.cli.arguments import JsonOption
from ftcli.cli.preconditions import run_of
from ftcli.errors import TrackerError, UserError, counted, printable
from ftcli.trackers import TRACKERS

if TYPE_CHECKING:
    from ftcli.trackers.replaying import Sent


def sync(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run.", show_default=False)],
    trackers: Annotated[
        list[str],
        typer.Argument(
            metavar="TRACKER...", help=f"Where its figures go: {', '.join(TRACKERS)}.", show_default=False
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Send the figures of a run to trackers; what they have already is not sent twice."""
    if unknown := [name for name in trackers if name not in TRACKERS]:
        raise UserError(TRACKERS.unknown(unknown[0]))
    from ftcli.trackers.replaying import sync as send

    path = run_of(run)
    sent: list[Sent] = []
    failed: list[TrackerError] = []
    for name in dict.fromkeys(trackers):
        try:
            sent.append(send(path, name))
        except TrackerError as error:
            failed.append(error)
    _show(path, sent, as_json=as_json)
    if failed:
        raise UserError("\n".join(map(str, failed)))


def _show(path: Path, sent: Sequence[Sent], *, as_json: bool) -> None:
    for one in sent:
        for left_out in one.left_out:
            print(f"note: {one.tracker}: {left_out}", file=sys.stderr)
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json({"run": str(path), "trackers": [asdict(one) for one in sent]}, indent=2))
        return
    for one in sent:
        print(
            printable(
                f"{one.tracker}: {counted(one.points, 'point')} of a {one.status} run. Look: {one.look}"
            )
        )
