"""A bundle of named tensors as bytes: a header, then the tensors, each at a multiple of 64 bytes."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from functools import lru_cache

import torch
from torch import Tensor

_ALIGNMENT = 64
_LENGTH = struct.Struct("<I")
_Fact = tuple[str, str, tuple[int, ...]]  # name, dtype, shape
_LAYOUTS = 4096  # bundles look alike, but for the lengths of texts


def pack(value: Mapping[str, Tensor]) -> bytes:
    """Return the header (its length, then JSON: name, dtype, shape) and CPU tensors of any dtype and shape."""
    header = _header(
        tuple((name, _dtype_name(tensor.dtype), tuple(tensor.shape)) for name, tensor in value.items())
    )
    pieces: list[bytes | memoryview] = [header]
    for tensor in value.values():
        if tensor.numel():
            flat = tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
            pieces += [flat.view(torch.uint8).numpy().data, bytes(_aligned(tensor.nbytes) - tensor.nbytes)]
    return b"".join(pieces)


def unpack(content: memoryview, start: int) -> dict[str, Tensor]:
    """Return the tensors of the bundle at `start`, without a copy of `content`."""
    (length,) = _LENGTH.unpack_from(content, start)
    header = bytes(content[start + _LENGTH.size : start + _LENGTH.size + length])
    return {
        name: (
            torch.frombuffer(content, dtype=dtype, count=count, offset=start + offset)
            if count
            else torch.empty(0, dtype=dtype)
        ).view(shape)
        for name, dtype, shape, count, offset in _layout(header)
    }


@lru_cache(_LAYOUTS)
def _header(facts: tuple[_Fact, ...]) -> bytes:
    text = json.dumps(facts).encode()
    header = _LENGTH.pack(len(text)) + text
    return header.ljust(_aligned(len(header)), b"\0")


@lru_cache(_LAYOUTS)
def _layout(header: bytes) -> list[tuple[str, torch.dtype, list[int], int, int]]:
    """Name, dtype, shape, count and offset of each tensor behind a header."""
    layout, offset = [], _aligned(_LENGTH.size + len(header))
    for name, kind, shape in json.loads(header):
        dtype, count = getattr(torch, kind), math.prod(shape)
        layout.append((name, dtype, shape, count, offset))
        offset += _aligned(count * dtype.itemsize)
    return layout


@lru_cache
def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
