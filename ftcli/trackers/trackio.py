"""Trackio: rows of its database, in TRACKIO_DIR or beside the run, removed and written anew each time.

They are written as `trackio.import_csv` does it: `trackio.init` would print, measure the machine, and connect. `trackio
sync` uploads them later.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ftcli.trackers.replay import Described, Ending, Row, typed

PROJECT, FOLDER = "ftcli", "trackio"


class Trackio:
    """The run in a project of Trackio."""

    packages: ClassVar[tuple[str, ...]] = ("trackio",)

    def __init__(self, run: Described) -> None:
        self._run = run
        self._project = os.environ.get("TRACKIO_PROJECT", PROJECT)
        self._folder = Path(os.environ.get("TRACKIO_DIR") or run.path.parent / FOLDER).absolute()
        self._storage: Any = None

    def begin(self, *, anew: bool = False) -> None:
        from trackio import sqlite_storage

        # Trackio has read the environment when it was imported, perhaps for a run in another folder.
        sqlite_storage.TRACKIO_DIR = self._folder
        self._storage = sqlite_storage.SQLiteStorage
        self._storage.init_db(self._project)
        if not self._storage.delete_run(self._project, self._run.name, run_id=self._run.identity):
            raise OSError(f"{self._folder}: what is there of this run cannot be removed")

    def add(self, rows: Sequence[Row]) -> None:
        self._log(rows, {})

    def end(self, ending: Ending) -> None:
        self._log([Row(ending.step, ending.time, ending.summary)], {"status": ending.status})

    def close(self) -> None:
        """Nothing is held."""

    def look(self) -> str:
        show = shlex.join(["trackio", "show", "--project", self._project])
        return f"TRACKIO_DIR={shlex.quote(str(self._folder))} {show}"

    def _log(self, rows: Sequence[Row], more: dict[str, str]) -> None:
        self._storage.bulk_log(
            self._project,
            self._run.name,
            [dict(row.figures) for row in rows],
            steps=[row.step for row in rows],
            timestamps=[datetime.fromtimestamp(row.time, UTC).isoformat() for row in rows],
            config={key: typed(text) for key, text in self._run.parameters.items()} | more,
            run_id=self._run.identity,
        )
