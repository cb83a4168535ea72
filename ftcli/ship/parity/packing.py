"""Messages between this process and the one that runs an exported folder: JSON and arrays, as bytes of .npz.

The other process imports this file by its path, so it needs NumPy alone.
"""

from __future__ import annotations

import io
import json
import struct
from typing import IO, Any

import numpy as np

_ARRAY = "__array__"
_LENGTH = struct.Struct("<Q")


def send(stream: IO[bytes], message: Any) -> None:
    """Write a message: JSON whose values may be arrays, and mappings whose keys are texts."""
    arrays: dict[str, np.ndarray] = {}
    document = json.dumps(_without(message, arrays)).encode()
    content = io.BytesIO()
    np.savez(content, document=np.frombuffer(document, dtype=np.uint8), **arrays)  # type: ignore[arg-type]
    stream.write(_LENGTH.pack(content.tell()))
    stream.write(content.getbuffer())
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read a message. Raises `EOFError` where the other process has ended."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return _with(json.loads(arrays["document"].tobytes()), arrays)


def _without(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """The value with names in place of its arrays, which are added to `arrays`."""
    if isinstance(value, np.ndarray):
        name = f"array{len(arrays)}"
        arrays[name] = value
        return {_ARRAY: name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: _without(one, arrays) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without(one, arrays) for one in value]
    return value


def _with(value: Any, arrays: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_ARRAY}:
            return arrays[value[_ARRAY]]
        return {key: _with(one, arrays) for key, one in value.items()}
    return [_with(one, arrays) for one in value] if isinstance(value, list) else value
