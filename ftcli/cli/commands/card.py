"""`ftcli card`: the model card of a run again, or its bill of materials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ftcli.cli.arguments import JsonOption
from ftcli.cli.preconditions import check_output, run_of
from ftcli.errors import UserError


def card(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            help="Write it here; else into the run. - prints it.", show_default=False, allow_dash=True
        ),
    ] = None,
    bom: Annotated[
        bool,
        typer.Option("--bom", help="The bill of materials in its place: bom.json, as CycloneDX 1.7 has it."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a file that is there, also a card that was edited.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the model card of a run again (README.md, answers stay), or its bill of materials."""
    run = run_of(run)
    if as_json and output == Path("-"):
        raise UserError("--json prints a document of its own: give --output a file")
    path = _bom(run, output, force=force) if bom else _card(run, output, force=force)
    if as_json:
        print(json.dumps(_document(run, path, bom=bom), indent=2))
    elif path is not None:
        print(path)


def _card(run: Path, output: Path | None, *, force: bool) -> Path | None:
    """Write the card; its path, or None where it was printed."""
    if output is not None:
        from ftcli.card.card import card as made

        return _put(made(run), output, force=force)
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.reporting import card_run

    return card_run(RunDirectory.existing(run), force=force)


def _bom(run: Path, output: Path | None, *, force: bool) -> Path | None:
    from ftcli.card.bom import NAME
    from ftcli.card.bom import bom as made

    return _put(made(run), output or run / NAME, force=force)


def _put(text: str, output: Path, *, force: bool) -> Path | None:
    """Write or print a text; a file that holds it already stays."""
    if output == Path("-"):
        print(text, end="")
        return None
    from ftcli.system.durable import write_text

    if not _holds(output, text):
        check_output(output, force=force)
        try:
            write_text(output, text)
        except OSError as error:
            raise UserError(f"--output {output}: cannot be written: {error.strerror}") from error
    return output


def _holds(path: Path, text: str) -> bool:
    try:
        return path.is_file() and path.read_bytes() == text.encode("utf-8", "backslashreplace")
    except OSError:
        return False


def _document(run: Path, path: Path | None, *, bom: bool) -> dict[str, Any]:
    from ftcli.card.facts import unanswered

    return {
        "run": str(run),
        "file": str(path),
        "format": "CycloneDX 1.7" if bom else "Markdown",
        "unanswered": unanswered(run),
    }
