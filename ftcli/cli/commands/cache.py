"""`ftcli cache`: what is kept on disk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ftcli.errors import UserError

if TYPE_CHECKING:
    from ftcli.store.store import BucketSummary


def cache(
    folder: Annotated[
        Path | None,
        typer.Option(help="Another one than $FTCLI_CACHE or ~/.cache/ftcli.", show_default=False),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all that is kept.")] = False,
) -> None:
    """Show what is kept on disk for later epochs and runs, or remove it."""
    from ftcli.cli.screen import Screen
    from ftcli.runs.cache_folder import open_store

    store = open_store(folder)
    screen = Screen()
    if clear:
        try:
            freed = store.clear()
        except OSError as error:
            raise UserError(f"{store.folder} cannot be cleared: {error.strerror}") from error
        screen.line(f"{freed / 1e6:.1f} MB freed in {store.folder}")
        return
    buckets = store.buckets()
    total = sum(bucket.bytes for bucket in buckets)
    screen.line(f"{store.folder}: {total / 1e6:.1f} MB; ftcli cache --clear removes it")
    if buckets:
        screen.rows([("kind", "of", "entries", "MB", "last used"), *map(_bucket_row, buckets)])


def _bucket_row(bucket: BucketSummary) -> tuple[object, ...]:
    inputs = f"images of {bucket.facts['resize']} px" if "resize" in bucket.facts else "texts"
    of = bucket.facts.get("source") or ("sounds" if "sounds" in bucket.facts else inputs)
    day = datetime.fromtimestamp(bucket.last_used).isoformat(" ", "minutes")
    return bucket.kind, str(of), bucket.entries, f"{bucket.bytes / 1e6:.1f}", day
