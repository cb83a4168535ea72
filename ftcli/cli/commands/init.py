"""`ftcli init`: a YAML file for data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ftcli.cli.arguments import ForceOption, JsonOption, LabelOption, ModelOption, TaskOption
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
    as_json: JsonOption = False,
) -> None:
    """Look at your data and write a YAML file for it."""
    from ftcli.cli.starter import Starter, Wishes

    if output is not None:
        check_output(output, force=force)
    text = Starter.of(data, Wishes(task, label, model), download=True).commented()
    if output is not None:
        output.write_text(text, encoding="utf-8")
    if as_json:
        _print_json(text, output)
    elif output is None:
        sys.stdout.write(text)
    else:
        print(f"{output} is written. Train with: {command('train', output)}")


def _print_json(text: str, output: Path | None) -> None:
    """The YAML as a text, with its notes, and as values."""
    from ftcli.cli.predictions import printable_json
    from ftcli.config.reader import read_text
    from ftcli.config.tree import plain

    tree, _ = read_text(text, str)
    written = None if output is None else str(output)
    print(printable_json({"output": written, "yaml": text, "experiment": plain(tree)}, indent=2))
