"""`ftcli push`: an export on a hub."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ftcli.cli.arguments import DeviceOption, JsonOption, OfflineOption
from ftcli.cli.preconditions import check_alone, check_installation, run_among
from ftcli.errors import UserError, printable
from ftcli.ship import FORMATS
from ftcli.system.offline import go_offline


def push(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or one of its checkpoints.")],
    repository: Annotated[
        str, typer.Argument(metavar="REPO", help="OWNER/NAME, or the NAME of a repository of your own.")
    ],
    format: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "hf",
    private: Annotated[bool, typer.Option("--private", help="Make the repository a private one.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the files; nothing is sent, and no token is needed.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files of a repository that has some.")
    ] = False,
    device: DeviceOption = None,
    as_json: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Upload an export to a Hugging Face hub, as one commit; it is exported first where it is not yet.

    The token is that of HF_TOKEN or of `hf auth login`, the hub that of HF_ENDPOINT.
    """
    if offline:
        go_offline()
    path, _ = run_among(None, (run,), "push {} REPO", has_option=False)
    if format not in FORMATS:
        raise UserError(FORMATS.unknown(format))
    check_alone("push")
    from ftcli.ship.hub import check_name, token_for

    check_name(repository)
    if not dry_run:
        # Before an export, which may take a while.
        token_for(repository)
    folder = _exported(path, format, device)
    from ftcli.ship.leaving import card_lacks_licence, leaving

    files = leaving(path, folder)
    notes = (
        [f"{folder / 'README.md'} names no licence: write `license: NAME` between its first lines"]
        if card_lacks_licence(folder)
        else []
    )
    document: dict[str, Any] = {"repository": repository, "folder": str(folder), "files": files}
    if not dry_run:
        from ftcli.ship.hub import push

        pushed = push(folder, list(files), repository, private=private, force=force)
        document |= {"address": pushed.address, "commit": pushed.commit}
        notes += pushed.notes
    (_print_json if as_json else _show)(document)
    for note in notes:
        print(f"note: {printable(note)}", file=sys.stderr)


def _exported(path: Path, format: str, device: str | None) -> Path:
    """The folder of the export, which is made if it is not there."""
    from ftcli.cli.commands.export import path_of
    from ftcli.ship.leaving import is_export

    output = path_of(path) / "export"
    if not is_export(output / format):
        check_installation()
        from ftcli.runs.inference.predictor import Predictor
        from ftcli.ship.exporting import export

        print(f"exporting to {printable(str(output / format))} first", file=sys.stderr)
        for one in export(Predictor.open(path, device=device or "cpu"), [format], output):
            for note in one.notes:
                print(f"note: {printable(note)}", file=sys.stderr)
    return output / format


def _print_json(document: Mapping[str, Any]) -> None:
    from ftcli.cli.predictions import printable_json

    print(printable_json(document, indent=2))


def _show(document: Mapping[str, Any]) -> None:
    files: Mapping[str, int] = document["files"]
    rows: Sequence[tuple[str, str]] = [(name, _size(size)) for name, size in files.items()]
    width = max(len(name) for name in files)
    for name, size in rows:
        print(f"{printable(name):<{width}}  {size:>10}")
    print(f"{'':<{width}}  {_size(sum(files.values())):>10}")
    if "address" in document:
        print(f"{document['address']} (commit {document['commit'][:8]})")
    else:
        print(f"nothing was sent to {document['repository']} (--dry-run)")


def _size(size: int) -> str:
    for unit, divisor in (("MB", 1e6), ("KB", 1e3)):
        if size >= divisor:
            return f"{size / divisor:,.1f} {unit}"
    return f"{size} bytes"
