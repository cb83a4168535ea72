"""The network that is exported: a copy of a run's, whole, in float32."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import torch

from ftcli.models.network import Network
from ftcli.runs.caching import Caching
from ftcli.runs.inference.predictor import Predictor
from ftcli.training.precision import Fp32


def in_float32(predictor: Predictor, device: str | torch.device = "cpu") -> Predictor:
    """A predictor with a copy of the network in eval mode, not cut, whose passes are in float32.

    The network of `predictor` stays as it is: its weights, modes and cut.
    """
    trained = predictor.trained
    precision = Fp32(torch.device(device))
    model = _copy(trained.model).eval().to(precision.device)
    caching = Caching(
        trained.experiment, trained.task, trained.caching.backbone, model, precision, [0], dry=True
    )
    return Predictor(replace(trained, model=model, precision=precision, caching=caching))


def _copy(model: Network) -> Network:
    """A deep copy without the cut, which holds further copies of parts."""
    cut, model.cut = model.cut, None
    try:
        return deepcopy(model)
    finally:
        model.cut = cut
