"""Tensors as bytes."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch

from tests.store.stored import opened


def test_every_dtype_and_shape_comes_back(tmp_path: Path) -> None:
    value = {
        str(dtype): torch.arange(6).reshape(2, 3).to(dtype)
        for dtype in (torch.uint8, torch.int64, torch.bool, torch.float16, torch.bfloat16, torch.float64)
    }
    value |= {
        "empty": torch.empty(0, 3),
        "scalar": torch.tensor(2.5),
        "strided": torch.arange(6).reshape(2, 3).T,
    }
    bucket = opened(tmp_path)
    bucket.put(b"k" * 16, value)
    for reader in (bucket, opened(tmp_path), pickle.loads(pickle.dumps(bucket))):
        found = reader.get(b"k" * 16)
        assert found is not None
        assert list(found) == list(value)
        for name, tensor in value.items():
            assert found[name].dtype == tensor.dtype
            assert found[name].shape == tensor.shape
            assert torch.equal(found[name], tensor)
    assert [path.stat().st_mode & 0o777 for path in bucket.path.iterdir()] == [0o600] * 3
    assert b"n" * 16 not in bucket
    assert bucket.get(b"n" * 16) is None
