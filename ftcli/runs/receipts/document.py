"""receipt.json as a file: what makes one, its seal, and everything that can be wrong with one.

The seal is the SHA-256 of the rest of the document, so that what was changed by hand or by a disk is noticed. It is no
signature: whoever changes a receipt on purpose can seal it again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.errors import RunError, cut
from ftcli.runs.receipts.losses import Losses, from_json
from ftcli.system.bounded import UnreadableError, read_bytes
from ftcli.training.reports import is_decision

VERSION = 1
# What a receipt may take; what may vary in length is shortened until it fits.
MOST_BYTES = 20_480
# Of a file that is given as one.
_LARGEST = 1 << 20
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "run": str,
    "yaml": (str, type(None)),
    "yaml_sha256": str,
    "seed": int,
    "data": (dict, type(None)),
    "weights": (dict, type(None)),
    "machine": dict,
    "packages": dict,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that was read; its fields are checked as far as they are used."""

    path: Path
    fields: Mapping[str, Any]

    @property
    def sealed(self) -> bool:
        """Whether the run has ended."""
        return "seal" in self.fields

    @property
    def losses(self) -> Losses:
        """Those that it keeps; none before the run has ended."""
        return from_json(self.fields["losses"]) if "losses" in self.fields else Losses()


def text_of(document: Mapping[str, Any], *, seal: bool) -> str:
    """The file: a line for each field; with `seal` the last one is the hash of the others."""
    sealed = {**document, "seal": _seal(document)} if seal else dict(document)
    lines = (f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in sealed.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_receipt(path: Path) -> Receipt:
    """The receipt in a file.

    Raises `RunError` for one that is damaged, not of ftcli, of a later version, or changed after it was sealed.
    """
    try:
        document = json.loads(read_bytes(path, _LARGEST, follow=True))
    except FileNotFoundError:
        raise RunError(f"{path} does not exist") from None
    except UnreadableError as error:
        raise RunError(f"{path.parent / str(error)}: this is not a receipt of ftcli") from None
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{path} is damaged, or not a receipt: it is not JSON ({cut(error)})") from None
    if not isinstance(document, dict) or document.get("receipt") != "ftcli":
        raise RunError(f'{path} is JSON, but not a receipt of ftcli: that begins with "receipt": "ftcli"')
    version = document.get("version")
    if not isinstance(version, int) or version > VERSION:
        words = f"version {cut(repr(version))}, and this ftcli reads up to version {VERSION}"
        raise RunError(f"{path} is a receipt of {words}: install the ftcli that wrote it, or a later one")
    if "seal" in document and document["seal"] != _seal(document):
        raise RunError(
            f"{path} was changed after it was sealed: it no longer says what the run has written. "
            "Take it from a backup, or reproduce from another copy of the run"
        )
    _check(path, document)
    return Receipt(path, document)


def _check(path: Path, document: Mapping[str, Any]) -> None:
    wrong = [key for key, kind in _KINDS.items() if not isinstance(document.get(key), kind)]
    try:
        from_json(document.get("losses", {"steps": [], "epochs": []}))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        wrong.append("losses")
    for key, is_right in _OPTIONAL.items():
        one = document.get(key)
        if one is not None and not is_right(one):
            wrong.append(key)
    if wrong:
        raise RunError(f"{path} is damaged: {wrong[0]} is missing, or is not what a receipt has there")


def _is_of_dicts(one: Any) -> bool:
    return isinstance(one, dict) and all(isinstance(value, dict) for value in one.values())


def _is_summary(one: Any) -> bool:
    kinds = {"sha256": str, "names": str, "short": str, "count": int, "bytes": int}
    if not isinstance(one, dict) or not all(isinstance(one.get(key), kind) for key, kind in kinds.items()):
        return False
    try:
        short = base64.b64decode(one["short"], validate=True)
    except ValueError:
        return False
    return not short or (one["count"] > 0 and len(short) % one["count"] == 0)


# What a receipt may leave out, as one of a run that has not ended does.
_OPTIONAL: Mapping[str, Callable[[Any], bool]] = {
    "examples": lambda one: (
        _is_of_dicts(one) and all(isinstance(n.get("examples"), int) for n in one.values())
    ),
    "departures": lambda one: isinstance(one, list) and all(isinstance(text, str) for text in one),
    "code": lambda one: isinstance(one, str),
    "read": lambda one: one in ("whole", "edges"),
    "base": lambda one: isinstance(one, str),
    "metric": lambda one: isinstance(one, str),
    "decided": lambda one: isinstance(one, list) and all(map(is_decision, one)),
    "figures": lambda one: (
        _is_of_dicts(one)
        and all(isinstance(value, int | float) for figures in one.values() for value in figures.values())
    ),
    "data": _is_summary,
    "weights": _is_summary,
    "checkpoint": _is_summary,
}


def _seal(document: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "seal"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
