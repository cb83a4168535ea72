"""`ftcli examples`: the YAML files that come with the program."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from ftcli.cli.arguments import JsonOption
from ftcli.errors import UserError, did_you_mean, listing


def examples(
    name: Annotated[
        str | None, typer.Argument(help="Print this one: ftcli examples NAME > my.yaml", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the YAML files that come with the program, or print one. ftcli train NAME trains it."""
    from ftcli.cli import examples as shipped
    from ftcli.cli.screen import Screen

    if name is not None:
        path = shipped.example(name)
        if path is None:
            names = shipped.names()
            raise UserError(
                f"no example is called {name!r}.{did_you_mean(name, names)} There are: {listing(names, 40)}"
            )
        sys.stdout.write(path.read_text(encoding="utf-8"))
        return
    found = shipped.examples()
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json([asdict(one) for one in found], indent=2))
        return
    rows = [(one.name, one.task, _brief(one.data), _brief(one.downloads, 2)) for one in found]
    screen = Screen()
    screen.rows([("name", "task", "your data", "downloads"), *rows], indent="")
    screen.line("ftcli train NAME trains one here; ftcli examples NAME > my.yaml writes it, to be changed")


def _brief(names: tuple[str, ...], limit: int = 1) -> str:
    return listing(names, limit) if names else "-"
