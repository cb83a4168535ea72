"""Weights & Biases: offline in the run, unless WANDB_MODE says online; `wandb sync` uploads it later.

An offline run is a log that cannot be taken up again, so that it is written from the beginning each time, with the same
id. Online the server keeps what it has, and takes what comes after its last step.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import Any, ClassVar

from ftcli.errors import RunError
from ftcli.system import durable
from ftcli.system.offline import is_offline
from ftcli.trackers.replay import FAILED, Described, Ending, Row, typed

PROJECT = "ftcli"
FOLDER = "wandb"
# Of the machine, the code and what is printed nothing is kept.
_PRIVATE = {
    "console": "off",
    "silent": True,
    "host": "",
    "disable_code": True,
    "disable_git": True,
    "disable_job_creation": True,
    "save_code": False,
    "symlink": False,
    "x_disable_machine_info": True,
    "x_disable_meta": True,
    "x_disable_stats": True,
    "x_save_requirements": False,
}


class WeightsAndBiases:
    """The run in RUN/wandb, or at the server."""

    packages: ClassVar[tuple[str, ...]] = ("wandb",)

    def __init__(self, run: Described) -> None:
        self._run, self._folder = run, run.path / FOLDER
        self._mode: Any = "offline" if is_offline() else os.environ.get("WANDB_MODE", "offline")
        self._open: Any = None
        self._look = ""
        # With which the run ends, as a process does.
        self._status = 1

    def begin(self, *, anew: bool = False) -> None:
        os.environ.setdefault("WANDB_SILENT", "true")
        import wandb

        self.close()
        if self._folder.is_symlink():
            raise RunError(f"{self._folder} is a link: a run writes to files of its own. Remove it")
        for earlier in self._folder.glob(f"offline-run-*-{self._run.identity}"):
            durable.remove(earlier)
        online = self._mode not in ("offline", "disabled", "dryrun")
        if online and not wandb.login(prompt=False):
            raise RunError("WANDB_MODE asks for a server, and there is no key: WANDB_API_KEY, or wandb login")
        self._open = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            id=self._run.identity,
            name=self._run.name,
            dir=str(self._run.path),
            config={key: typed(text) for key, text in self._run.parameters.items()},
            mode=self._mode,
            resume="allow" if online else None,
            reinit="create_new",
            settings=wandb.Settings(**_PRIVATE),
        )
        self._look = (
            self._open.url if online else shlex.join(["wandb", "sync", os.path.dirname(self._open.dir)])
        )

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._open.log({**row.figures, "_timestamp": row.time}, step=row.step)

    def end(self, ending: Ending) -> None:
        self._open.summary.update({**ending.summary, "status": ending.status})
        for path in ending.artefacts:
            self._open.save(str(path), base_path=str(self._run.path), policy="now")
        self._status = int(ending.status == FAILED)
        self.close()

    def look(self) -> str:
        return self._look

    def close(self) -> None:
        if self._open is not None:
            self._open.finish(exit_code=self._status)
            self._open = None
