"""Which constant of a graph is which weight of the network."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.errors import ParityError
from ftcli.ship.graphs.initialisers import matched
from ftcli.ship.parity.weights import compare_weights

RANDOM = np.random.default_rng(0)
STATE = {
    "conv.weight": RANDOM.normal(size=(4, 3, 3, 3)).astype(np.float32),
    "linear.weight": RANDOM.normal(size=(5, 6)).astype(np.float32),
    "embed.weight": RANDOM.normal(size=(9, 6)).astype(np.float32),
    "norm.weight": np.ones(4, dtype=np.float32),
    "count": np.array(3),
}
FACTORS = np.array([0.5, -2, 1e-3, 7], dtype=np.float32)


def graph() -> dict[str, np.ndarray]:
    """A convolution with the norm folded into it, a transposed layer, and a table that is stored as it is."""
    return {
        "conv.weight": STATE["conv.weight"] * FACTORS[:, None, None, None],
        "val_1": STATE["linear.weight"].T.copy(),
        "embed.weight": STATE["embed.weight"].copy(),
        "val_2": np.zeros((2, 2), dtype=np.float32),
    }


def test_weights_are_found_by_name_transposed_and_scaled() -> None:
    assert compare_weights(matched(STATE, graph())) == 3


@pytest.mark.parametrize("name", ["conv.weight", "val_1", "embed.weight"])
def test_one_weight_that_was_changed_is_found(name: str) -> None:
    spoilt = graph()
    spoilt[name].reshape(-1)[2] += 0.01
    with pytest.raises(ParityError, match="weights: "):
        compare_weights(matched(STATE, spoilt))


def test_what_stands_for_nothing_is_left_out() -> None:
    assert [name for name, _, _ in matched(STATE, {"val_9": np.ones((5, 6), dtype=np.float32)})] == []
