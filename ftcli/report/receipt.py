"""receipt.json: hashes of the files that a run was made from. Where it is missing or damaged, nothing is known."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ftcli.report.checked import fields
from ftcli.report.files import read_json, read_text
from ftcli.system.bounded import UnreadableError

NAME, LIST = "receipt.json", "receipt-files.csv"
_LARGEST, _LARGEST_LIST = 1 << 20, 64 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
# Files of weights that are named.
_MOST = 200


@dataclass(frozen=True, slots=True)
class File:
    """A file with its size and SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """`data` and `weights` are the SHA-256 over the names, sizes and hashes of all files; empty where not known.

    `files` are those of the weights.
    """

    data: str = ""
    weights: str = ""
    files: tuple[File, ...] = ()


def read_receipt(directory: Path) -> Receipt:
    """The receipt of a run, as far as its hashes are of whole files."""
    document: dict[str, Any] = {}
    with suppress(OSError, UnreadableError):
        document = read_json(directory / NAME, _LARGEST)
    if document.get("receipt") != "ftcli" or document.get("read") != "whole":
        return Receipt()
    data, weights = (_hash(fields(document.get(key)).get("sha256")) for key in ("data", "weights"))
    return Receipt(data, weights, tuple(islice(_listed(directory / LIST), _MOST)))


def _listed(path: Path) -> Iterator[File]:
    """The files of the weights in the list beside the receipt, each by its own name."""
    with suppress(OSError, UnreadableError, ValueError, csv.Error):
        for row in csv.DictReader(io.StringIO(read_text(path, _LARGEST_LIST), newline="")):
            if row.get("kind") == "weights" and (sha256 := _hash(row.get("sha256"))):
                yield File(Path(row["name"] or "").name, int(row["bytes"] or 0), sha256)


def _hash(value: Any) -> str:
    return value if isinstance(value, str) and _SHA256.fullmatch(value) else ""
