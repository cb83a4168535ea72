"""`ftcli cache`: what is kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ftcli.cli.arguments import JsonOption
from ftcli.errors import UserError, command

if TYPE_CHECKING:
    from ftcli.store.store import BucketSummary


def cache(
    folder: Annotated[
        Path | None,
        typer.Option(help="Another one than $FTCLI_CACHE or ~/.cache/ftcli.", show_default=False),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all that is kept.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is kept on disk for later epochs and runs, or remove it."""
    from ftcli.runs.cache_folder import open_store
    from ftcli.runs.measuring.history import History

    store = open_store(folder)
    if clear:
        try:
            freed = store.clear() + History(store.folder).clear()
        except OSError as error:
            raise UserError(f"{store.folder} cannot be cleared: {error.strerror}") from error
        _say(
            as_json,
            {"folder": str(store.folder), "freed": freed},
            f"{freed / 1e6:.1f} MB freed in {store.folder}",
        )
        return
    buckets = store.buckets()
    total = sum(bucket.bytes for bucket in buckets)
    document = {"folder": str(store.folder), "bytes": total, "buckets": list(map(_document, buckets))}
    head = f"{store.folder}: {total / 1e6:.1f} MB; {command('cache', '--clear')} removes it"
    _say(as_json, document, head, list(map(_bucket_row, buckets)))


def _say(as_json: bool, document: dict[str, Any], head: str, rows: Sequence[tuple[object, ...]] = ()) -> None:
    """The document, or a line and a table."""
    from ftcli.cli.predictions import printable_json
    from ftcli.cli.screen import Screen

    if as_json:
        print(printable_json(document, indent=2))
        return
    screen = Screen()
    screen.line(head)
    if rows:
        screen.rows([("kind", "of", "entries", "MB", "last used"), *rows])


def _document(bucket: BucketSummary) -> dict[str, Any]:
    used = datetime.fromtimestamp(bucket.last_used).astimezone().isoformat(timespec="seconds")
    return {**asdict(bucket), "of": _of(bucket), "last_used": used}


def _of(bucket: BucketSummary) -> str:
    """What the entries were computed from."""
    inputs = f"images of {bucket.facts['resize']} px" if "resize" in bucket.facts else "texts"
    return str(bucket.facts.get("source") or ("sounds" if "sounds" in bucket.facts else inputs))


def _bucket_row(bucket: BucketSummary) -> tuple[object, ...]:
    day = datetime.fromtimestamp(bucket.last_used).isoformat(" ", "minutes")
    return bucket.kind, _of(bucket), bucket.entries, f"{bucket.bytes / 1e6:.1f}", day
