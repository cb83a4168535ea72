"""The probe of a training: an exact linear layer on features of the frozen backbone, fitted in seconds.

It is the baseline that a training has to beat. A head that is one layer has it as epoch 0, so no run ends worse on
validation; where it leaves little to gain, training starts from it (`head.py`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ftcli.config.defaults.facts import Choice, Probed
from ftcli.contracts import Split, TaskProbed
from ftcli.contracts.target_kind import Probing
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.findable import findable
from ftcli.errors import EvidenceError
from ftcli.evidence.probe import Probe
from ftcli.registry import part
from ftcli.runs.probing.baseline import Baseline, Skipped
from ftcli.runs.probing.features import KeptFeatures, Watch, whole_features, why_none
from ftcli.runs.probing.sample import spread
from ftcli.runs.session import Session

# Examples whose features are computed for the probe of a large training split.
MOST_EXAMPLES = 5000
# Numbers that a fit may have: units times features times outputs. On one core 10 million take a second or two.
MOST_WORK = 1e8
# With fewer units for each output than this a fit of a sample says little.
LEAST_UNITS = 10


def nobody(done: int, total: int) -> None:
    """Watches nothing."""


def probed(session: Session, watch: Watch = nobody, known: Baseline | Skipped | None = None) -> Session:
    """The session with its probe, before its training: a linear head has it, keys that were left out follow it.

    One that is `known`, of another session of this experiment, is not fitted again.

    All processes of a group call it; the one that leads fits. `watch` follows features that are computed. Raises
    `ConfigError` where the experiment asks for a probe, and there can be none.
    """
    found: Baseline | Skipped
    if known is not None:
        found = known
    elif (reason := why_not_asked(session)) is not None:
        found = Skipped(reason)
    else:
        with session.group.agreeing():
            found = _found(session, watch) if session.group.leads else Skipped("")
        found = session.group.broadcast(found)
    with session.group.agreeing():
        _check(session, found)
    if isinstance(found, Baseline) and found.linear:
        _start_head(session, found.probe)
    return _settled(session, found)


def why_not_asked(session: Session) -> str | None:
    """Why no probe is wanted, if none is."""
    asked = session.experiment.training.probe
    if asked is False:
        return "training.probe is no"
    return "the weights are random" if asked is None and not session.left_out.facts.pretrained else None


def probe(session: Session, watch: Watch = nobody) -> Baseline:
    """Fit the probe of the session's training split; the network stays as it is.

    Raises `EvidenceError` with the reason where there is none. One process calls it.
    """
    started = time.monotonic()
    target, task = session.task.target, session.task
    probing = KINDS[target.kind].probing
    if (reason := why_none(session)) is not None:
        raise EvidenceError(reason)
    assert probing is not None
    assert isinstance(task, TaskProbed)
    most = _most_units(session)
    kept = _sampled(session, min(most, MOST_EXAMPLES), watch)
    if len(kept.features) > most:
        kept = _thinned(kept, most, session.experiment.training.seed)
    groups = kept.examples if len(np.unique(kept.examples)) < len(kept.examples) else None
    fitted = _fit(probing, kept, session, groups)
    linear = session.model.linear is not None
    val = None
    if not linear and session.splits.val is not None:
        val = _figures_on(session, session.splits.val, fitted, watch)
    return Baseline(
        fitted,
        session.metric,
        task.unit_figures(_tensor(fitted.held_out), torch.from_numpy(kept.targets)),
        val,
        time.monotonic() - started,
        len(kept.features),
        linear,
    )


def _found(session: Session, watch: Watch) -> Baseline | Skipped:
    try:
        return probe(session, watch)
    except EvidenceError as error:
        return Skipped(str(error))


def _check(session: Session, found: Baseline | Skipped) -> None:
    """Raise `ConfigError` where the experiment asks for what a probe would have to give."""
    experiment = session.experiment
    none = isinstance(found, Skipped) and found.reason
    if none and experiment.training.probe:
        raise experiment.places.error("training.probe", f"there can be no probe: {none}. Leave it out")
    if experiment.training.epochs == 0 and not (isinstance(found, Baseline) and found.linear):
        reason = none or "model.head.hidden: the head is more than a linear layer"
        problem = (
            f"0 keeps the probe as it is, and no head starts from one: {reason}. At least 1 would be right"
        )
        raise experiment.places.error("training.epochs", problem)


def _settled(session: Session, found: Baseline | Skipped) -> Session:
    """The session whose experiment says whether there is a probe, its other keys filled by what that leaves to gain."""
    left_out, kind = session.left_out, KINDS[session.task.target.kind]
    there, gain = isinstance(found, Baseline), None
    if isinstance(found, Baseline) and kind.probing is not None:
        figure = kind.probing.figure
        gain = Probed(figure, found.held_out[figure], found.units, found.linear, kind.probing.squared)
    experiment, choices = left_out.filled(gain)
    if isinstance(found, Baseline) and found.linear and gain is not None and experiment.freeze is not None:
        # What no image is augmented for is fitted exactly.
        starts = gain.share < 1 or experiment.freeze.name == "backbone"
        found = replace(found, starts=starts)
    if left_out.experiment.training.probe is None:
        why = "a linear layer on the frozen features, fitted in seconds" if there else found.reason  # type: ignore[union-attr]
        choices.append(Choice("training.probe", there, why))
        experiment = replace(experiment, training=replace(experiment.training, probe=there))
    return replace(session, experiment=findable(experiment), choices=choices, probe=found)


def _start_head(session: Session, fitted: Probe) -> None:
    """Give the linear layer of the head the weights of the probe."""
    layer = session.model.linear
    assert layer is not None
    with torch.no_grad():
        layer.weight.copy_(_tensor(fitted.weight))
        layer.bias.copy_(_tensor(fitted.bias))


def _most_units(session: Session) -> int:
    """How many examples or words a fit takes in seconds. Raises `EvidenceError` where that is too few of them."""
    width, outputs = session.backbone.width, session.task.target.outputs
    most = int(MOST_WORK / (width * outputs))
    units = len(session.splits.train)
    if most < min(units, LEAST_UNITS * outputs):
        raise EvidenceError(f"{outputs:,} outputs of {width:,} features take more than seconds to fit")
    return most


def _sampled(session: Session, most: int, watch: Watch) -> KeptFeatures:
    """The features of the training split, or of a sample of a large one that has its classes in proportion."""
    split, seed = session.splits.train, session.experiment.training.seed
    indices = None
    if len(split) > most:
        kind = KINDS[session.task.target.kind]
        codes = split.targets() if kind.counts_examples else [0] * len(split)
        indices = spread(codes, most, seed).tolist()
    kept = whole_features(session, split, indices=indices, watch=watch)
    if kept.reason is not None:
        raise EvidenceError(kept.reason)
    return kept


def _thinned(kept: KeptFeatures, most: int, seed: int) -> KeptFeatures:
    chosen = np.sort(np.random.default_rng(seed).permutation(len(kept.features))[:most])
    return KeptFeatures(kept.features[chosen], kept.targets[chosen], kept.examples[chosen])


def _fit(probing: Probing, kept: KeptFeatures, session: Session, groups: NDArray[np.int64] | None) -> Probe:
    seed = session.experiment.training.seed
    fitted: Probe = part(probing.fit)(kept.features, kept.targets, session.task.target, groups, seed)
    return fitted


def _figures_on(session: Session, split: Split, fitted: Probe, watch: Watch) -> Mapping[str, float]:
    """What the probe scores on a split."""
    kept = whole_features(session, split, watch=watch)
    outputs = kept.features @ fitted.weight.T + fitted.bias
    assert isinstance(session.task, TaskProbed)
    return session.task.unit_figures(_tensor(outputs), torch.from_numpy(kept.targets))


def _tensor(values: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))
