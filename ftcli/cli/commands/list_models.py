"""`ftcli list-models`: the catalogue of backbones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ftcli.cli.arguments import JsonOption
from ftcli.errors import UserError

if TYPE_CHECKING:
    from ftcli.models.catalogue import Entry
    from ftcli.models.on_this_machine import Stored


def list_models(
    pattern: Annotated[
        str | None, typer.Argument(help="Part of a name, or a pattern with *.", show_default=False)
    ] = None,
    task: Annotated[str | None, typer.Option(help="Only models for this task.", show_default=False)] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Only those on this machine, with their size and place.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List backbones: name, source, parameters, input size, published accuracy."""
    from ftcli.cli.screen import Screen
    from ftcli.models.catalogue import entries
    from ftcli.tasks import OUTLINES, TASKS

    if task is not None and task not in TASKS:
        raise UserError(f"--task: {TASKS.unknown(task)}")
    outline = None if task is None else OUTLINES[task]
    found = entries(pattern, outline and outline.inputs[0].name, outline and outline.form)
    if local:
        _show_local(_local(found, pattern, every=task is None), as_json=as_json)
        return
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json([asdict(entry) for entry in found], indent=2))
        return
    if not found:
        raise UserError(f"no known model matches {pattern!r}. Any Hugging Face id or folder works as well")
    screen = Screen()
    screen.rows([("name", "source", "parameters", "input", "accuracy"), *map(_model_row, found)], indent="")


def _local(found: Sequence[Entry], pattern: str | None, *, every: bool) -> list[Stored]:
    """The networks on this machine that were found in the catalogue; with `every` also those that are not in it."""
    from ftcli.models.catalogue import entries, matches
    from ftcli.models.on_this_machine import stored

    names, known = {one.name for one in found}, {one.name for one in entries()}
    return [
        one
        for one in stored()
        if one.name in names or (every and one.name not in known and matches(one.name, pattern))
    ]


def _show_local(found: Sequence[Stored], *, as_json: bool) -> None:
    from ftcli.cli.screen import Screen

    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json([asdict(one) | {"path": str(one.path)} for one in found], indent=2))
        return
    screen = Screen()
    rows = [(one.name, one.source, f"{one.bytes / 1e6:,.0f}", str(one.path)) for one in found]
    if rows:
        screen.rows([("name", "source", "MB", "path"), *rows], indent="")
    else:
        screen.line(
            "no such network is on this machine: what a YAML or --model names is downloaded when it is used"
        )


def _model_row(entry: Entry) -> tuple[object, ...]:
    from ftcli.contracts.modalities import MODALITIES

    unit = MODALITIES[entry.modality].size_unit
    size = f"{entry.input_size} {unit}" if entry.input_size else "-"
    accuracy = f"{entry.accuracy:.1f} {entry.measure}" if entry.accuracy else "-"
    source = f"{entry.source}, gated" if entry.gated else entry.source
    return entry.name, source, entry.parameters or "-", size, accuracy
