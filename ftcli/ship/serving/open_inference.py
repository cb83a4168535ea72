"""The Open Inference Protocol, version 2, as JSON: tensors by name in, the columns of predictions out."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts import Example, Prediction
from ftcli.contracts.modalities import FILE_ROLES, MODALITIES
from ftcli.errors import cut, listing
from ftcli.ship.serving.bodies import check_count
from ftcli.ship.serving.inputs import Takes, checked_characters
from ftcli.ship.serving.limits import MOST_OF_ID, Limits
from ftcli.ship.serving.refusals import unusable, wrong

BYTES, PIXELS = "BYTES", ("UINT8", "FP32")
# Of a column, by the type of its values.
_TYPES: Mapping[type, str] = {str: BYTES, bool: "BOOL", int: "INT64", float: "FP64"}
# The columns that are texts, where no row says so.
_TEXTS = ("id", "label", "text", "word")
# Which example a row belongs to.
ROW_OF = "example"


def metadata(name: str, takes: Takes, sample: Prediction) -> dict[str, Any]:
    """What the model takes and gives; `sample` is any of its predictions."""
    inputs = [{"name": role, "datatype": BYTES, "shape": [-1]} for role in takes.roles]
    inputs += [
        {"name": role, "datatype": kind, "shape": [-1, -1, -1, 3]}
        for role in takes.roles
        if role in FILE_ROLES and MODALITIES[role].spatial
        for kind in PIXELS
    ]
    outputs = [
        {"name": one["name"], "datatype": one["datatype"], "shape": [-1]} for one in outputs_of([sample], [])
    ]
    return {"name": name, "platform": "ftcli", "versions": ["1"], "inputs": inputs, "outputs": outputs}


def examples_of(document: Any, takes: Takes, limits: Limits) -> list[Example]:
    """The examples of a request. Raises `Refusal`."""
    if not isinstance(document, dict) or not isinstance(tensors := document.get("inputs"), list):
        raise wrong("the request is not an object with a list of inputs")
    columns: dict[str, Sequence[Any]] = {}
    for tensor in tensors:
        if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
            raise wrong("an input has no name")
        if tensor["name"] in columns:
            raise wrong(f"the input {cut(tensor['name'])!r} is there twice")
        columns[tensor["name"]] = _values(tensor, takes)
    counts = {len(values) for values in columns.values()}
    if len(counts) > 1:
        raise unusable(f"the inputs have different numbers of examples: {listing(sorted(counts))}")
    check_count(max(counts, default=0), limits)
    rows = ({role: values[index] for role, values in columns.items()} for index in range(max(counts)))
    examples = [takes.example(row, number) for number, row in enumerate(rows, start=1)]
    checked_characters(examples)
    return examples


def wanted_outputs(document: Mapping[str, Any]) -> list[str]:
    """The names of the outputs that are asked for; none for all. Raises `Refusal`."""
    wanted = document.get("outputs", [])
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        raise wrong("outputs is not a list of objects with a name")
    return [str(one.get("name")) for one in wanted]


def request_id(document: Mapping[str, Any]) -> dict[str, str]:
    """The id of the request, which its answer has, too. Raises `Refusal`."""
    id_ = document.get("id", "")
    if not isinstance(id_, str) or len(id_) > MOST_OF_ID:
        raise wrong(f"id is not a text of at most {MOST_OF_ID} characters")
    return {"id": id_} if id_ else {}


def outputs_of(
    predictions: Sequence[Prediction], files: Sequence[tuple[str, bytes]], wanted: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """A tensor for each column of the predictions, and one that says which example each row is of.

    `files` are those of all predictions in order, as base64. Raises `Refusal` for an output that does not exist.
    """
    rows = [(index, row) for index, one in enumerate(predictions) for row in one.rows()]
    there = [
        (index, row) for index, row in rows if any(row[name] is not None for name in row if name != "id")
    ]
    columns = list(dict.fromkeys(name for _, row in rows for name in row if name != "id"))
    found = [_tensor(ROW_OF, [index for index, _ in there], "INT64")]
    found += [
        _tensor(name, values, _type_of(name, values))
        for name in columns
        if (values := [row.get(name) for _, row in there]) is not None
    ]
    for name in dict.fromkeys(name for name, _ in files):
        contents = [base64.b64encode(content).decode("ascii") for one, content in files if one == name]
        found.append(_tensor(name.lstrip(".").partition(".")[0], contents, BYTES))
    names = [one["name"] for one in found]
    if unknown := [name for name in wanted if name not in names]:
        raise unusable(f"this model has no output {cut(unknown[0])!r}. It has: {listing(names)}")
    return [one for one in found if not wanted or one["name"] in wanted]


def _tensor(name: str, values: Sequence[Any], datatype: str) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [len(values)], "data": list(values)}


def _type_of(name: str, values: Sequence[Any]) -> str:
    known = next((type(value) for value in values if value is not None), str if name in _TEXTS else float)
    return _TYPES.get(known, BYTES)


def _values(tensor: Mapping[str, Any], takes: Takes) -> Sequence[Any]:
    """The value of each example: a text, base64, or pixels."""
    name, shape, data = tensor["name"], tensor.get("shape"), tensor.get("data")
    if not isinstance(shape, list) or not all(isinstance(side, int) and side >= 0 for side in shape):
        raise wrong(f"the shape of {cut(name)!r} is not a list of sizes")
    if not isinstance(data, list):
        raise wrong(f"the data of {cut(name)!r} are not a list")
    datatype = tensor.get("datatype")
    if datatype == BYTES:
        flat = data if shape != [1, 1] or not data or isinstance(data[0], str) else data[0]
        if shape not in ([len(flat)], [len(flat), 1]) or not all(isinstance(value, str) for value in flat):
            raise unusable(
                f"{cut(name)!r} is BYTES of shape [n]: {len(flat):,} texts do not fill {cut(shape)}"
            )
        return flat
    if (
        datatype not in PIXELS
        or name not in takes.roles
        or name not in FILE_ROLES
        or not MODALITIES[name].spatial
    ):
        raise unusable(
            f"{cut(name)!r} cannot be {cut(datatype)}: texts and files are BYTES, images UINT8 or FP32, too"
        )
    return list(_pixels(name, shape, data, datatype))


def _pixels(name: str, shape: Sequence[int], data: Any, datatype: str) -> NDArray[np.uint8]:
    """Images (n, H, W, 3): UINT8, or FP32 from 0 to 1."""
    try:
        values = np.asarray(data, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise unusable(f"the data of {name!r} are not numbers, or not in rows of the same length") from None
    if len(shape) != 4 or shape[3] != 3 or values.size != int(np.prod([float(side) for side in shape])):
        raise unusable(
            f"{name!r} is of shape [n, height, width, 3]: {values.size:,} numbers do not fill {cut(shape)}"
        )
    most = 255 if datatype == "UINT8" else 1
    if values.size and not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= most):
        raise unusable(f"{name!r} is {datatype}: its numbers are from 0 to {most}")
    if min(shape) < 1:
        raise unusable(f"{name!r} has no pixels")
    pixels = values if datatype == "UINT8" else np.round(values * 255)
    if datatype == "UINT8" and (pixels != np.floor(pixels)).any():
        raise unusable(f"{name!r} is UINT8: its numbers are whole")
    return pixels.astype(np.uint8).reshape([int(side) for side in shape])
