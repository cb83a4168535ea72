"""The tensors of a checkpoint by their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ftcli.models.pretrained.weights import each_weight, read_weights
from ftcli.runs.checkpoints import storage
from ftcli.system.file_hashes import Hashed


def weights_of(checkpoint: Path) -> dict[str, Tensor]:
    """The weights to use of a checkpoint, on the CPU. Raises `WeightsError`."""
    return read_weights(checkpoint / storage.MODEL)


def hash_checkpoint(checkpoint: Path) -> list[Hashed]:
    """As `hash_tensors` of its weights, which are in memory one at a time. Raises `WeightsError`."""
    return sorted(_hashed(name, tensor) for name, tensor in each_weight(checkpoint / storage.MODEL))


def hash_tensors(tensors: Mapping[str, Tensor]) -> list[Hashed]:
    """Each by its name, with the hash of its type, shape and bytes."""
    return [_hashed(name, tensor.detach().cpu()) for name, tensor in sorted(tensors.items())]


def _hashed(name: str, tensor: Tensor) -> Hashed:
    sha256 = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)}\0".encode())
    sha256.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return Hashed(name, tensor.nbytes, sha256.hexdigest())
