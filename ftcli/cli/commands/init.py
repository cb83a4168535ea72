"""`ftcli init`: a YAML file for data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ftcli.cli.arguments import ForceOption, LabelOption, ModelOption, TaskOption
from ftcli.cli.preconditions import check_output
from ftcli.errors import command


def init(
    data: Annotated[
        str, typer.Argument(help="A folder of images or of sounds, a table, or a known data set.")
    ],
    output: Annotated[
        Path | None, typer.Option(help="Write the YAML here, not to the screen.", show_default=False)
    ] = None,
    task: TaskOption = None,
    label: LabelOption = None,
    model: ModelOption = None,
    force: ForceOption = False,
) -> None:
    """Look at your data and write a YAML file for it."""
    from ftcli.cli.starter import Starter, Wishes

    if output is not None:
        check_output(output, force=force)
    text = Starter.of(data, Wishes(task, label, model), download=True).commented()
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, encoding="utf-8")
    print(f"{output} is written. Train with: {command('train', output)}")
