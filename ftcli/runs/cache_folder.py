"""The folder on disk that runs share: what is computed once."""

from __future__ import annotations

from pathlib import Path

from ftcli.store.folder import default_folder
from ftcli.store.store import Store


def open_store(folder: Path | str | None, limit: int = 0) -> Store:
    """The store in `folder`, or where the environment says; `limit` is in bytes."""
    return Store(default_folder() if folder is None else Path(folder), limit)
