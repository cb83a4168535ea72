"""Predictions as rows of a table, and as files where a table cannot hold them."""

from __future__ import annotations

import errno
import io
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from ftcli.errors import UserError, printable
from ftcli.runs.inference.document import printable_json as printable_json  # noqa: PLC0414  commands have it from here
from ftcli.runs.outcomes.cells import Row, cell, write_csv
from ftcli.system.extras import check_extra

if TYPE_CHECKING:
    from ftcli.contracts import Example, Prediction

# Beside saved files: what the values in them mean.
LEGEND = "classes.csv"
# Within words of some scripts, and within emoji of several signs.
_JOINERS = "\u200c\u200d"
# Rows of a Parquet file that are in memory at once.
GROUP = 10_000


class Saved:
    """Counts predictions, and writes what a table cannot hold into `folder`, if there is one.

    Where that is all that they are, their rows say in which `file` it is.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder, self.predictions, self.files = folder, 0, 0
        # Predictions without a row: texts without a word.
        self.empty = 0
        self._names: set[str] = set()

    def rows(self, pairs: Iterable[tuple[Example, Prediction]]) -> Iterator[dict[str, Any]]:
        """The rows of each prediction, once its files are written. Raises `UserError` if they have no folder."""
        for example, prediction in pairs:
            self.predictions += 1
            files = self._files(example, prediction)
            self.files += len(files)
            where = {"file": str(files[0].absolute())} if prediction.only_files else {}
            rows = prediction.rows()
            self.empty += not rows
            yield from (row | where for row in rows)

    def _files(self, example: Example, prediction: Prediction) -> list[Path]:
        if self.folder is None:
            if prediction.only_files:
                raise UserError(
                    "what this run predicts is not text: say where its files go, with --save FOLDER"
                )
            return []
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.predictions == 1 and (legend := prediction.legend()):
            with open(self.folder / LEGEND, "w", encoding="utf-8", newline="") as file:
                write_csv(file, legend)
        return prediction.save(example, self.folder / self._name(example.id))

    def _name(self, id_: str) -> str:
        """The name of a file, or what a text begins with; made unique by a number."""
        stem = re.sub(r"[^\w.-]+", "-", Path(id_).stem)[:60].strip("-.") or "example"
        name = stem
        while name in self._names:
            name = f"{stem}-{len(self._names) + 1}"
        self._names.add(name)
        return name


def printable_row(row: Row) -> dict[str, str]:
    """Cells in which control characters are shown, for a terminal; wide spaces and joined signs are as they are."""
    return {_harmless(key): _harmless(str(cell(value))) for key, value in row.items()}


def _harmless(text: str) -> str:
    kept = (char in _JOINERS or unicodedata.category(char) == "Zs" for char in text)
    return "".join(char if keep else printable(char) for char, keep in zip(text, kept, strict=True))


def write_tsv(file: TextIO, rows: Iterable[Row]) -> None:
    """The same with tabs."""
    write_csv(file, rows, "\t")


def write_json(file: TextIO, rows: Iterable[Row]) -> None:
    """One array, with an object on each line."""
    between = "[\n"
    for row in rows:
        file.write(between + _object(row))
        between = ",\n"
    file.write("[]\n" if between == "[\n" else "\n]\n")


def write_json_lines(file: TextIO, rows: Iterable[Row]) -> None:
    """An object on each line."""
    for row in rows:
        file.write(f"{_object(row)}\n")


def _object(row: Row) -> str:
    """A row as a JSON object."""
    return printable_json(dict(row))


def write_parquet(file: BinaryIO, rows: Iterable[Row]) -> None:
    """Row groups of `GROUP` rows.

    They go through a temporary file: a column may be empty in the first of them, and its type is known only later.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema, groups, left = pa.schema([]), 0, iter(rows)
    with tempfile.TemporaryFile() as waiting:
        while group := [_encodable(row) for row in islice(left, GROUP)]:
            table = pa.Table.from_pylist(group)
            schema = pa.unify_schemas([schema, table.schema], promote_options="permissive")
            with pa.ipc.new_stream(waiting, table.schema) as stream:
                stream.write_table(table)
            groups += 1
        waiting.seek(0)
        with ParquetWriter(file, schema) as writer:
            for _ in range(groups):
                writer.write_table(pa.ipc.open_stream(waiting).read_all().cast(schema))


def _encodable(row: Row) -> dict[str, Any]:
    """A row in which file names that are not UTF-8 have escapes, as on the screen."""
    return {
        key: value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value
        for key, value in row.items()
    }


DELIMITED: Mapping[str, Callable[[TextIO, Iterable[Row]], None]] = {".csv": write_csv, ".tsv": write_tsv}
TEXT_FORMATS = {**DELIMITED, ".json": write_json, ".jsonl": write_json_lines}
PARQUET = ".parquet"


def check_ending(output: Path, *, spreadsheet: bool = False) -> None:
    """Raise `UserError` for a file of another format or without formulas for spreadsheets, or a missing package."""
    ending = output.suffix.lower()
    if spreadsheet and ending in (*TEXT_FORMATS, PARQUET) and ending not in DELIMITED:
        words = f"is for {' and '.join(DELIMITED)}, as {ending} has no formulas: leave it out"
        raise UserError(f"--spreadsheet {words}")
    if ending not in (*TEXT_FORMATS, PARQUET):
        known = f"{', '.join(TEXT_FORMATS)} or {PARQUET}"
        raise UserError(f"--output {output}: this format cannot be written; the name has to end in {known}")
    if ending == PARQUET:
        check_extra("pyarrow", "parquet", f"--output {output}")


def write_whole(output: Path, rows: Iterable[Row]) -> None:
    """The table, in the format that its ending says, under another name until it is whole.

    Raises `UserError` where it cannot be written.
    """
    partial = output.with_name(f"{output.name}.partial-{secrets.token_hex(8)}")
    created = _created(partial, output)
    try:
        with created as file:
            _write(file, output.suffix.lower(), rows)
        partial.replace(output)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UserError(f"--output {output} is not written: {error}") from None
    finally:
        partial.unlink(missing_ok=True)


def _created(partial: Path, output: Path) -> BinaryIO:
    try:
        return partial.open("xb")
    except OSError as error:
        raise UserError(f"--output {output} cannot be written: {error.strerror}") from None


def _write(file: BinaryIO, ending: str, rows: Iterable[Row]) -> None:
    if ending == PARQUET:
        write_parquet(file, rows)
        return
    # File names that are not UTF-8 have escapes, as on the screen.
    with io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="") as text:
        TEXT_FORMATS[ending](text, rows)
