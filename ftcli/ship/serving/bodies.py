"""From the body of a request to examples: JSON, a form, or a file by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ftcli.contracts import Example
from ftcli.contracts.modalities import FILE_ROLES, TEXT
from ftcli.errors import cut, listing
from ftcli.ship.serving.forms import FormPart, form_parts
from ftcli.ship.serving.inputs import FILES, Takes, checked_characters
from ftcli.ship.serving.limits import MOST_BRACKETS, MOST_DEPTH, MOST_OF_ID, Limits
from ftcli.ship.serving.refusals import Refusal, unusable, wrong

# What is sent as the type of a file whose type is not known.
_ANY_FILE = "application/octet-stream"
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)


def examples_of(content_type: str, body: bytes, takes: Takes, limits: Limits) -> Sequence[Example]:
    """The examples of a request. Raises `Refusal` for what cannot be read, and for too many."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        rows = _rows(read_json(body), limits)
    elif kind == "multipart/form-data":
        rows = _form_rows(form_parts(content_type, body), takes, limits)
    else:
        rows = [_alone(kind, body, takes)]
    examples = [takes.example(row, number) for number, row in enumerate(rows, start=1)]
    return checked_characters(examples)


def read_json(body: bytes) -> Any:
    """A JSON document. Raises `Refusal` for what is not JSON, as NaN is not, and for deep nesting."""
    depth, opened = _brackets(body)
    if depth > MOST_DEPTH or opened > MOST_BRACKETS:
        raise wrong(
            f"the JSON has {opened:,} lists and objects, up to {depth:,} within each other. At most are read: "
            f"{MOST_BRACKETS:,}, up to {MOST_DEPTH}"
        )
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise wrong(f"the body is not JSON: {cut(error)}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def _brackets(body: bytes) -> tuple[int, int]:
    """How many lists and objects are within each other at most, and how many there are."""
    signs = np.frombuffer(_STRINGS.sub(b"", body), dtype=np.uint8)
    signs = signs[np.isin(signs, np.frombuffer(b"[]{}", dtype=np.uint8))]
    opens = (signs == ord("[")) | (signs == ord("{"))
    return int(np.cumsum(np.where(opens, 1, -1)).max(initial=0)), int(opens.sum())


def _rows(document: Any, limits: Limits) -> Sequence[Mapping[str, Any]]:
    """The examples of a document: one object, or those in `inputs`, where a text may stand for itself."""
    if isinstance(document, dict) and "inputs" in document:
        if len(document) > 1:
            raise wrong(f"beside inputs there is {cut(next(key for key in document if key != 'inputs'))!r}")
        document = document["inputs"]
        if not isinstance(document, list):
            raise wrong("inputs is not a list of examples")
    rows = document if isinstance(document, list) else [document]
    check_count(len(rows), limits)
    rows = [{"text": row} if isinstance(row, str) else row for row in rows]
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise unusable(f'example {number} is not an object, such as {{"text": "..."}}')
    return rows


def check_count(count: int, limits: Limits) -> None:
    """Raise `Refusal` for no example, and for too many."""
    if count == 0:
        raise unusable("there is no example in the request")
    if count > limits.examples:
        raise Refusal(
            413, f"the request has {count:,} examples, and at most {limits.examples:,} are taken at once"
        )


def _form_rows(parts: Sequence[FormPart], takes: Takes, limits: Limits) -> Sequence[dict[str, Any]]:
    """The n-th value of each field belongs to the n-th example."""
    fields: dict[str, list[FormPart]] = {}
    for part in parts:
        role = takes.file_role if part.field.removesuffix("[]") in FILES else part.field
        fields.setdefault(role or part.field, []).append(part)
    counts = {len(values) for values in fields.values()}
    if len(counts) > 1:
        each = listing(f"{len(values)} of {cut(role)}" for role, values in fields.items())
        raise unusable(f"the fields of the form have different numbers of values: {each}")
    check_count(max(counts, default=0), limits)
    return [
        dict(pair for role, values in fields.items() for pair in _values(role, values[index]))
        for index in range(max(counts))
    ]


def _values(role: str, part: FormPart) -> list[tuple[str, Any]]:
    """A part as a value of its role, and the name of a file as the id."""
    if part.name is None:
        if role in FILE_ROLES:
            raise unusable(f"{role} has to be a file of the form, with a filename")
        return [(role, _decoded(part.content))]
    value = part.content if role in FILE_ROLES else _decoded(part.content)
    name = re.split(r"[/\\]", part.name)[-1][:MOST_OF_ID]
    return [(role, value), *([("id", name)] if name else [])]


def _alone(kind: str, body: bytes, takes: Takes) -> dict[str, Any]:
    """A body that is one file, or one text."""
    role = takes.file_role
    accepted = "application/json, multipart/form-data"
    if role is not None:
        accepted += ", text/plain" if role == TEXT.name else f", {role}/*, {_ANY_FILE}"
    fits = kind == "text/plain" if role == TEXT.name else kind.startswith(f"{role}/") or kind == _ANY_FILE
    if role is None or not fits:
        found = f"{cut(kind)!r}" if kind else "missing"
        raise Refusal(415, f"the content-type is {found}. Taken are: {accepted}", {"Accept": accepted})
    if not body:
        raise unusable("the body is empty")
    return {role: _decoded(body) if role == TEXT.name else body}


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unusable("a text is not UTF-8") from None
