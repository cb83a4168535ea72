"""Predictions on their way to a table, and to files where a table cannot hold them."""

from __future__ import annotations

import csv
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftcli.errors import UserError, printable

if TYPE_CHECKING:
    from ftcli.contracts import Example, Prediction


class Saved:
    """Counts predictions, and writes what no table can hold into `folder`, if there is one.

    Where that is all that they are, their rows say in which `file` it is.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder, self.predictions, self.files = folder, 0, 0
        self._names: set[str] = set()

    def rows(self, pairs: Iterable[tuple[Example, Prediction]]) -> Iterator[dict[str, Any]]:
        """The rows of each prediction, once its files are written. Raises `UserError` if they have no folder."""
        for example, prediction in pairs:
            self.predictions += 1
            files = self._files(example, prediction)
            self.files += len(files)
            where = {"file": str(files[0].absolute())} if prediction.only_files else {}
            yield from (row | where for row in prediction.rows())

    def _files(self, example: Example, prediction: Prediction) -> list[Path]:
        if self.folder is None:
            if prediction.only_files:
                raise UserError(
                    "what this run predicts is no text: say where its files go, with --save FOLDER"
                )
            return []
        self.folder.mkdir(parents=True, exist_ok=True)
        return prediction.save(example, self.folder / self._name(example.id))

    def _name(self, id_: str) -> str:
        """The name of a file, or what a text begins with; made unique by a number."""
        stem = re.sub(r"[^\w.-]+", "-", Path(id_).stem)[:60].strip("-.") or "example"
        name = stem
        while name in self._names:
            name = f"{stem}-{len(self._names) + 1}"
        self._names.add(name)
        return name


def printable_row(row: Mapping[str, Any]) -> dict[str, str]:
    """Cells in which control characters are shown, for a terminal."""
    return {printable(key): printable(str(value)) for key, value in row.items()}


# What a spreadsheet computes: "=1+1", "@SUM(...)"; and of what begins like a number or a line of speech ("- Yes."),
# calls of functions and of programs ("-2+cmd|' /C calc'!A0").
_FORMULA = re.compile(r"\s*[=@]|\s*[+-].*[|(]", re.DOTALL)


def inert(value: Any) -> Any:
    """A cell as it is, but for a text that a spreadsheet would take for a formula: that gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def write_csv(file: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    """A line of names, then the rows; all rows have the columns of the first."""
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(file, list(row), lineterminator="\n")
            writer.writerow({key: inert(key) for key in row})
        writer.writerow({key: inert(value) for key, value in row.items()})


def write_aside(output: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """The table under another name until it is whole."""
    aside = output.with_name(f"{output.name}.partial-{secrets.token_hex(8)}")
    try:
        with aside.open("x", encoding="utf-8", newline="") as file:
            write_csv(file, rows)
        aside.replace(output)
    finally:
        aside.unlink(missing_ok=True)
