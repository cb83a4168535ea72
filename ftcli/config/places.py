"""Where a key of the configuration was written, for the start of a message."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.errors import DataError, Mistake, did_you_mean, listing


@dataclass(frozen=True, slots=True)
class Places:
    """`known` maps a dotted key to "file:line", as in `schema.Experiment.places`."""

    known: Mapping[str, str] = field(default_factory=dict)

    def mistake(self, key: str, problem: str) -> Mistake:
        """What is wrong with `data.<key>`; a key that was left out is blamed on the place of `data`.

        An option of the command line, `--data`, stands for itself.
        """
        if key.startswith("--"):
            return Mistake("", key, problem)
        place = self.known.get(f"data.{key}") or self.known.get("data", "")
        return Mistake(place, f"data.{key}" if key else "data", problem)

    def error(self, key: str, problem: str) -> DataError:
        """The same as an error to raise."""
        return DataError(str(self.mistake(key, problem)))


def no_such_path(path: Path) -> str:
    """Words for a path that does not exist: where it was looked for, and what is near."""
    parent = path.absolute().parent
    if not os.path.isdir(parent):
        return f"no such file or folder: {path.absolute()} (there is no folder {parent})"
    beside = sorted(entry.name for entry in parent.iterdir() if not entry.name.startswith("."))
    near = did_you_mean(path.name, beside)
    return f"no such file or folder: {path.absolute()}.{near} Beside it: {listing(beside, limit=8)}"


def check_readable(path: Path | str) -> None:
    """Raise `DataError` for a pipe or a device: opening one waits for its writer, and reading one may never end."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):  # whoever opens it says what is wrong
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataError(f"{path} is a pipe or a device, and a file is wanted")


def shortened(names: Iterable[object], width: int = 40) -> str:
    """A listing of names that may be whole sentences, as the first row of a table without a header is."""
    texts = (" ".join(str(name).split()) for name in names)
    return listing(text if len(text) <= width else text[: width - 3] + "..." for text in texts)
