"""The head after its probe was scored: where much is to gain it begins at zero, and learns from augmented examples."""

from __future__ import annotations

import torch

from ftcli.models.network import Network
from ftcli.runs.files.run_files import RunFiles
from ftcli.training.fit import Fit


def learns_anew(run: RunFiles) -> bool:
    """Whether the head of a run does not start from its probe, which is epoch 0 all the same; by probe.json."""
    probe = run.probe()
    return probe.get("linear") is True and probe.get("starts") is False


def begin_at_zero(model: Network, fit: Fit) -> None:
    """Give the head the zeros that it has without a probe, also in the average of the weights.

    Early stopping does not expect it to be better than the probe at once.
    """
    layer = model.linear
    assert layer is not None
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    fit.ema.load(model.state_dict())
    fit.progress.stale, fit.progress.reference = 0, None
