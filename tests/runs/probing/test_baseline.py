"""What the files of a run say of its probe."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.evidence.probe import Probe
from ftcli.runs.probing.baseline import Baseline, Skipped

PROBE = Probe(np.ones((2, 3)), np.zeros(2), 0.5, np.zeros((4, 2)))
BASELINE = Baseline(PROBE, "accuracy", {"accuracy": 0.75}, None, 1.234, 4, linear=True, starts=True)


def test_its_document() -> None:
    document = {
        "strength": 0.5,
        "seconds": 1.23,
        "units": 4,
        "linear": True,
        "starts": True,
        "held_out": {"accuracy": 0.75},
    }
    assert BASELINE.document() == document
    assert Skipped("random").document() == {"skipped": "random"}


def test_how_uncertain_its_figure_is() -> None:
    assert BASELINE.half_width({"accuracy": 0.5}, 100) == pytest.approx(1.96 * 0.05, abs=1e-4)
