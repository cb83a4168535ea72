"""Each kind of target is fitted by what its row names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ftcli.contracts import Target
from ftcli.contracts.target_kinds import KINDS
from ftcli.registry import part

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(60, 4)).astype(np.float32)
FIRST = FEATURES[:, 0]
CASES: dict[str, tuple[Target, Any, int]] = {
    "single-label": (Target("single-label", ("a", "b")), (FIRST > 0).astype(np.int64), 2),
    "multi-label": (
        Target("multi-label", ("a", "b")),
        np.stack([FIRST > 0, FEATURES[:, 1] > 0], 1).astype(np.float32),
        2,
    ),
    "number": (Target("number", mean=3.0, std=2.0), FIRST, 1),
    "tags": (Target("tags", ("O", "B-x")), (FIRST > 0).astype(np.int64), 2),
}


@pytest.mark.parametrize("kind", [name for name, row in KINDS.items() if row.probing is not None])
def test_the_fit_of_a_kind_finds_what_is_linear(kind: str) -> None:
    target, targets, outputs = CASES[kind]
    probing = KINDS[kind].probing
    assert probing is not None
    fitted = part(probing.fit)(FEATURES, targets, target, None, 0)
    assert fitted.weight.shape == (outputs, 4)
    values = FEATURES @ fitted.weight.T + fitted.bias
    if values.shape[1] == 1:
        np.testing.assert_allclose(values[:, 0], targets, atol=0.05)
    else:
        right = values.argmax(1) == targets if targets.ndim == 1 else (values > 0) == (targets > 0)
        assert right.mean() > 0.95
