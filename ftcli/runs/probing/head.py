"""The head at the first step: the probe or, where that leaves much to gain, zeros, as without one."""

from __future__ import annotations

import torch

from ftcli.models.network import Network
from ftcli.runs.files.run_files import RunFiles
from ftcli.runs.probing.baseline import Baseline
from ftcli.runs.probing.probing import probed
from ftcli.runs.session import Session
from ftcli.training.fit import Fit


def before_a_step(session: Session) -> Session:
    """The session as its training takes the first step, for steps that only measure; nothing is scored."""
    session = probed(session)
    if isinstance(session.probe, Baseline) and session.probe.linear and not session.probe.starts:
        _zero(session.model)
    return session


def learns_anew(run: RunFiles) -> bool:
    """Whether the head of a run does not start from its probe, which is epoch 0 all the same; by probe.json."""
    probe = run.probe()
    return probe.get("linear") is True and probe.get("starts") is False


def begin_at_zero(model: Network, fit: Fit) -> None:
    """Give the head the zeros that it has without a probe, also in the average of the weights.

    Early stopping does not expect it to be better than the probe at once.
    """
    _zero(model)
    fit.ema.load(model.state_dict())
    fit.progress.stale, fit.progress.reference = 0, None


def _zero(model: Network) -> None:
    layer = model.linear
    assert layer is not None
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
