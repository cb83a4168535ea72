"""Rows of tokens as arrays."""

from __future__ import annotations

import numpy as np

from ftcli.ship.scripts.settings import SETTINGS

TEXT = SETTINGS["text"]


def padded(rows: list[list[int]], value: int, side: str = TEXT["padding_side"]) -> np.ndarray:
    """int64 (B, longest)."""
    longest, left = max(map(len, rows)), side == "left"
    gaps = [[value] * (longest - len(row)) for row in rows]
    return np.array([[*gap, *row] if left else [*row, *gap] for gap, row in zip(gaps, rows, strict=True)])


def tensors(ids: list[list[int]], segments: list[list[int]]) -> dict[str, np.ndarray]:
    """The tensors of texts; one without a token gets one."""
    there = [bool(row) for row in ids]
    ids = [row or [TEXT["nothing"]] for row in ids]
    made = {
        "input_ids": padded(ids, TEXT["padding"]),
        "attention_mask": padded([[1] * len(row) for row in ids], 0),
    }
    if TEXT["segments"]:
        rows = [row if one else [0] for row, one in zip(segments, there, strict=True)]
        made["token_type_ids"] = padded(rows, TEXT["segment_padding"])
    return made
