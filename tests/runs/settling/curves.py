"""Curves of sweeps whose answer is known."""

from __future__ import annotations

import numpy as np

from ftcli.runs.settling.bracket import Curve, diverged
from ftcli.runs.settling.sweep import factors_of

FACTORS = factors_of(90)


def curve(
    *,
    falls: float | None = 1.0,
    drop: float = 2.0,
    rises: float | None = 100.0,
    seed: int = 0,
    noise: float = 0.02,
) -> Curve:
    """A loss that has done half of its fall at `falls`, and rises steeply from `rises` on; where it ends."""
    losses = np.full(len(FACTORS), 0.3 if falls is None else 2.3)
    if falls is not None:
        losses -= drop / (1 + (falls / FACTORS) ** 2)
    losses += noise * np.random.default_rng(seed).standard_normal(len(FACTORS))
    if rises is not None:
        losses += 20 * np.clip(np.log10(FACTORS / rises), 0, None)
    ends = [step for step in range(1, len(losses) + 1) if diverged(losses[:step].tolist())]
    last = ends[0] if ends else len(losses)
    return Curve(FACTORS[:last], losses[:last])
