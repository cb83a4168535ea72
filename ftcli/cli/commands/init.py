"""`ftcli init`: a YAML file for data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ftcli.cli.arguments import ForceOption
from ftcli.cli.preconditions import check_output
from ftcli.errors import command


def init(
    path: Annotated[Path, typer.Argument(help="A folder of images or of sounds, or a table.")],
    output: Annotated[
        Path | None, typer.Option(help="Write the YAML here, not to the screen.", show_default=False)
    ] = None,
    force: ForceOption = False,
) -> None:
    """Look at your data and write a YAML file for it."""
    from ftcli.cli.starter import starter_yaml
    from ftcli.data.discovery.recognise import recognise

    found = recognise(path)
    text = starter_yaml(path, found)
    if output is None:
        sys.stdout.write(text)
        return
    check_output(output, force=force)
    output.write_text(text, encoding="utf-8")
    print(f"{output} is written. Train with: {command('train', output)}")
