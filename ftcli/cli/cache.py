"""`ftcli cache`: what is kept on disk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ftcli.cli.screen import Screen
from ftcli.errors import UserError

if TYPE_CHECKING:
    from ftcli.store.store import ShelfSummary


def cache(folder: Path | None, *, clear: bool) -> None:
    """Show what is kept on disk, or remove it."""
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
    shelves = store.shelves()
    total = sum(shelf.bytes for shelf in shelves)
    screen.line(f"{store.folder}: {total / 1e6:.1f} MB; ftcli cache --clear removes it")
    if shelves:
        screen.rows([("kind", "of", "entries", "MB", "last used"), *map(_shelf_row, shelves)])


def _shelf_row(shelf: ShelfSummary) -> tuple[object, ...]:
    inputs = f"images of {shelf.facts['resize']} px" if "resize" in shelf.facts else "texts"
    of = shelf.facts.get("source") or ("sounds" if "sounds" in shelf.facts else inputs)
    day = datetime.fromtimestamp(shelf.last_used).isoformat(" ", "minutes")
    return shelf.kind, str(of), shelf.entries, f"{shelf.bytes / 1e6:.1f}", day
