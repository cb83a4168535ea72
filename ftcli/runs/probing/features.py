"""The features of a whole frozen backbone, of examples without augmentation: what probes and evidence are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ftcli.contracts import Batch, Example, Split, TaskProbed
from ftcli.contracts.target_kinds import KINDS
from ftcli.loading.batch_sampler import Indices
from ftcli.models.backbones.layers import mean_over_layers
from ftcli.runs.batches import open_batches
from ftcli.runs.caching import Caching
from ftcli.runs.session import Session

Watch = Callable[[int, int], None]

# Of one example of many units, as the words of a text, so that long ones do not outweigh the others.
MOST_UNITS = 50


@dataclass(frozen=True, slots=True)
class KeptFeatures:
    """Features and targets of the units that the head is applied to: examples, or words that have a tag.

    Empty where there is a `reason` why there are none.
    """

    # float32 (N, W): what the head gets.
    features: NDArray[np.float32]
    # As the loss takes them: classes (N,), ones and zeros (N, C), or normalised numbers (N,).
    targets: NDArray[Any]
    # (N,): which example of the split each unit is of, ascending.
    examples: NDArray[np.int64]
    reason: str | None = None
    # Whether they are the mean over the layers of the network, not what the head gets.
    layer_mean: bool = False


def whole_features(
    session: Session,
    split: Split,
    *,
    indices: Sequence[int] | None = None,
    watch: Watch = lambda done, total: None,
    layer_mean: bool = False,
) -> KeptFeatures:
    """The features of a split, or of its examples `indices`, from the store, and computed where they are missing.

    Where they cannot be kept they are computed all the same. `watch(done, total)` follows what is computed, for which a
    signal may raise an `Interruption`. One process calls it. The network is as before when it returns. With
    `layer_mean` they are the mean over the layers of the network, if it has layers of one width.
    """
    if (reason := why_none(session)) is not None:
        return _none(reason)
    wanted = np.arange(len(split)) if indices is None else np.unique(np.asarray(indices, dtype=np.int64))
    caching = _caching(session)
    caching.watch = watch
    batches = open_batches(caching, _Some(split, wanted))
    # Whether the network is near itself in a shorter dtype is decided by these, for all splits alike.
    first = _Some(session.splits.train, np.arange(min(4, len(session.splits.train))))
    over_layers = mean_over_layers(session.backbone.module) if layer_mean else nullcontext(False)
    with _put_back(session), over_layers as meant:
        caching.enter(0, open_batches(caching, first, keep=False).sample)
        cut = session.model.cut
        depth = len(session.backbone.blocks)
        if cut is None or cut.depth < depth:
            return _none(caching.reasons[depth])
        found = [*_units(session, batches.at_cut())]
    features, targets, examples = (torch.cat(parts).numpy() for parts in zip(*found, strict=True))
    order = np.argsort(examples, kind="stable")
    return KeptFeatures(features[order], targets[order], wanted[examples[order]], layer_mean=meant)


def missing_features(session: Session, split: Split, most: int) -> int:
    """Of how many of the first `most` examples of a split `whole_features` would have to compute the features."""
    caching = _caching(session)
    batches = open_batches(caching, _Some(split, np.arange(min(most, len(split)))))
    with _put_back(session):
        caching.enter(0, batches.sample)
        kept = batches.enter(0)
        return batches.missing(0) if kept else batches.examples


def _units(
    session: Session, windows: Iterator[tuple[Indices, Batch]]
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Features, targets and the example of each unit, at most `MOST_UNITS` of an example."""
    task, cut = session.task, session.model.cut
    assert isinstance(task, TaskProbed)
    assert cut is not None
    chance = torch.Generator().manual_seed(session.experiment.training.seed)
    for window, batch in windows:
        outputs = cut.finish(batch.inputs["features"])
        features, targets, places = task.units(outputs.float(), batch)
        chosen = _few_of_each(places, chance)
        yield features[chosen], targets[chosen], torch.from_numpy(window)[places[chosen]]


def _few_of_each(places: Tensor, chance: torch.Generator) -> Tensor:
    """Positions of at most `MOST_UNITS` units of each example, at random; `places` says which example each is of."""
    if not len(places) or int(places.bincount().max()) <= MOST_UNITS:
        return torch.arange(len(places))
    shuffled = torch.randperm(len(places), generator=chance)
    by_example = shuffled[places[shuffled].argsort(stable=True)]
    starts = torch.searchsorted(places[by_example], places[by_example])
    rank = torch.arange(len(by_example)) - starts
    return by_example[rank < MOST_UNITS].sort().values


def _caching(session: Session) -> Caching:
    """What supplies the features of the whole backbone, without augmentation, for a training that sees them often."""
    data = session.experiment.data
    plain = replace(data, augment="none", cache=replace(data.cache, views=None))
    return Caching(
        replace(session.experiment, data=plain), session.task, session.backbone, session.model, session.precision,
        [len(session.backbone.blocks)] * 2,
    )  # fmt: skip


@contextmanager
def _put_back(session: Session) -> Iterator[None]:
    """The network uncut again behind it, and the random numbers of the process where they were."""
    state = torch.get_rng_state()
    try:
        yield
    finally:
        session.model.cut = None
        torch.set_rng_state(state)


def why_none(session: Session) -> str | None:
    """Why a linear layer on frozen features cannot be fitted, as far as it is known without computing any."""
    kind = KINDS[session.task.target.kind]
    if kind.probing is None or not isinstance(session.task, TaskProbed):
        return f"{kind.plural} are not given by a linear layer on features of the whole input"
    if not session.backbone.headless:
        return "the network has its head inside"
    return session.model.uncut


def _none(reason: str) -> KeptFeatures:
    return KeptFeatures(np.empty((0, 0), np.float32), np.empty(0), np.empty(0, np.int64), reason)


class _Some:
    """Some examples of a split."""

    def __init__(self, split: Split, indices: NDArray[np.int64]) -> None:
        self._split, self._indices = split, indices

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Example:
        return self._split[int(self._indices[index])]

    def targets(self) -> Sequence[Any]:
        """Their raw targets."""
        targets = self._split.targets()
        return [targets[int(index)] for index in self._indices]
