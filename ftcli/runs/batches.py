"""The batches of a split, of encoded inputs or of features at the cut, which are computed where they are missing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from ftcli.contracts import Batch, Encoded, Split
from ftcli.loading.batch_sampler import BatchSampler, Indices, Lengths
from ftcli.loading.encoded import Encodings
from ftcli.loading.features import Features
from ftcli.loading.loader import Loader
from ftcli.loading.packing import Packed
from ftcli.loading.rank_partition import WHOLE, Partition
from ftcli.runs.caching import Caching, Extent
from ftcli.store.shard import RECORD_BYTES
from ftcli.store.tensor_format import pack
from ftcli.system import signals
from ftcli.training.evaluate import to_device

MEMO_BYTES = 512 * 2**20  # encoded examples that may stay in memory where nothing is kept on disk
WINDOW = 64  # examples that go through the frozen blocks together


class Windows:
    """Batches of indices that somebody has chosen: a `BatchSampler` for a loader that fills."""

    def __init__(self, windows: Sequence[Indices]) -> None:
        self._windows = list(windows)

    def __len__(self) -> int:
        return len(self._windows)

    def batches(self, epoch: int) -> list[Indices]:
        """The same windows in every epoch."""
        return self._windows

    def cost(self, batch: Indices) -> int:
        """Its examples."""
        return len(batch)


class SplitBatches:
    """The batches of one split: as they are, or from features at the cut."""

    def __init__(self, caching: Caching, examples: Encodings, *, training: bool, keep: bool) -> None:
        self._caching, self._encoded, self.training, self._keep = caching, examples, training, keep
        data = caching.experiment.data
        self._seed, self._workers = caching.experiment.training.seed, data.workers or 0
        self._views = data.cache.views if training else None
        packing = caching.task.packing if examples.targeted else None
        shown = examples if packing is None else Packed(examples, packing)
        lengths = shown.lengths()
        options: dict[str, Any] = {
            "lengths": lengths,
            "max_tokens": None if lengths is None else data.max_tokens,
        }
        # Training takes batches to parts; what is scored need not be together.
        most = None if training else caching.experiment.training.micro_batch
        size = min(data.batch, most or data.batch)
        order = BatchSampler(len(shown), size, seed=self._seed, training=training, **options)
        window = min(WINDOW, caching.experiment.training.micro_batch or WINDOW)
        self._windows = BatchSampler(len(shown), window, seed=0, training=False, **options)
        normed = any(isinstance(module, _BatchNorm) for module in caching.model.modules())
        self._part = Partition(caching.group.rank, caching.group.size, least=2 if normed else 1)
        self._loader = self._loads(shown, order, training=training, workers=self._workers, part=self._part)
        self.order = order
        self.examples = len(shown)  # or blocks of them
        self.split_size = len(examples)
        self._shown, self._lengths = shown, lengths
        self.tokens = 0 if lengths is None else int(lengths.sum())

    def __len__(self) -> int:
        return len(self.order)

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of an epoch but the first `skip`. Features that are missing are computed first."""
        if self.training:
            self._caching.enter(epoch, self.sample)
        features = self._features()
        if not self._filled(features, epoch) or features is None:
            return self._loader.epoch(epoch, skip)
        loader = self._loads(features, self.order, training=self.training, workers=0, part=self._part)
        return loader.epoch(epoch, skip)

    def at_cut(self) -> Iterator[tuple[Indices, Batch]]:
        """All examples as features at the cut, in windows, for this process alone: which examples, and their batch.

        They come from the store, computed where they are missing. Where they cannot be kept they are computed now, in
        the same windows, and so with the same bits.
        """
        windows, features = self._windows.batches(0), self._features()
        if features is not None and self._fill(features, features.missing(windows, 0), 0):
            loader = self._loads(features, Windows(windows), training=False, workers=0)
            yield from zip(windows, loader.epoch(0), strict=True)
            return
        done = 0
        for window, rows in zip(windows, self.compute(0, windows), strict=True):
            encoded = [self._at_cut(index, row) for index, row in zip(window.tolist(), rows, strict=True)]
            yield window, self._caching.task.collate(encoded, training=False)
            done += len(window)
            self._caching.watch(done, self.examples)

    def _at_cut(self, index: int, row: Tensor) -> Encoded:
        cut = self._caching.model.cut
        assert cut is not None
        if not cut.needs_inputs:
            return self._encoded.bare(index, {"features": row})
        encoded = self._encoded.get(index, 0)
        return replace(encoded, inputs={**encoded.inputs, "features": row})

    def enter(self, epoch: int) -> bool:
        """Cut the model where `epoch` wants it; whether features at the cut are kept."""
        if self.training:
            self._caching.enter(epoch, self.sample)
        return self._features() is not None

    def missing(self, epoch: int) -> int:
        """How many examples have no features at the cut of `epoch` yet, which are kept."""
        self.enter(epoch)
        features = self._features()
        return 0 if features is None else sum(map(len, features.missing(self._windows.batches(0), epoch)))

    def largest_window(self) -> Indices:
        """The most examples that go through the frozen blocks together, the longest ones."""
        return max(self._windows.batches(0), key=self._windows.cost)

    def encode(self, index: int) -> None:
        """Encode an example, as far as that is not kept."""
        self._shown.get(index, 0)

    def chosen(self, indices: Indices, epoch: int) -> Batch:
        """The batch of these examples, made as the others of the epoch are; features that are missing are computed."""
        self.enter(epoch)
        features = self._features()
        kept = features is not None and self._fill(features, features.missing([indices], epoch), epoch)
        shown = features if kept else self._shown
        loader = self._loads(shown, Windows([indices]), training=self.training, workers=0)
        return next(iter(loader.epoch(epoch)))

    def lengths(self) -> Lengths | None:
        """The length of each example, in its own units; None where all are as long."""
        return self._lengths

    def input_bytes(self) -> float:
        """What the inputs of an example take where they are kept, on average, by the first few."""
        few = range(min(4, self.split_size))
        sizes = [len(pack(self._encoded.get(index, 0).inputs)) + RECORD_BYTES for index in few]
        lengths = self._encoded.lengths()
        usual = 1.0 if lengths is None else float(lengths.mean() / max(1.0, lengths[: len(few)].mean()))
        return usual * sum(sizes) / len(sizes) if sizes else 0.0

    def sample(self) -> Mapping[str, Tensor]:
        """The inputs of the first examples, for a look at the network."""
        few = [self._shown.get(index, 0) for index in range(min(4, self.examples))]
        return self._caching.task.collate(few, training=False).inputs

    def _loads(
        self, examples: Any, order: Any, *, training: bool, workers: int, part: Partition = WHOLE
    ) -> Loader:
        collate = self._caching.task.collate
        return Loader(
            examples, collate, order, seed=self._seed, training=training, workers=workers, views=self._views,
            pin=self._caching.precision.device.type == "cuda", part=part,
        )  # fmt: skip

    def _features(self) -> Features | None:
        """Examples as features, where those are kept. Random changes before the cut are distinguished by their seed."""
        caching = self._caching
        bucket = caching.bucket(training=self.training)
        cut = caching.model.cut
        if bucket is None or cut is None or not self._keep:
            return None
        random = self.training and caching.augment != "none"
        return Features(
            self._encoded,
            bucket,
            lambda view: partial(self.compute, view),
            seed=self._seed if random else None,
            views=self._views or 1,
            with_inputs=cut.needs_inputs,
        )

    def _filled(self, features: Features | None, epoch: int) -> bool:
        """Whether the features of all examples are there, computed now as far as they were missing.

        The processes of a host, which share its disk, compute a part each; all use features, or none does.
        """
        group = self._caching.group
        if any(group.max(features is None)):
            return False
        assert features is not None
        windows = self._windows.batches(0)[group.local_rank :: group.local_size]
        kept = self._fill(features, features.missing(windows, epoch), epoch)
        return not any(group.max(not kept))  # which all have computed theirs before

    def _fill(self, features: Features, missing: Sequence[Indices], epoch: int) -> bool:
        """Compute what is missing; whether it could be kept."""
        total, done = sum(map(len, missing)), 0
        if missing and features.bucket.problem:
            return False
        begun = time.monotonic()
        for count in features.fill(missing, epoch):
            done += count
            self._caching.filled = [time.monotonic() - begun, done]
            self._caching.watch(done, total)
            if features.bucket.problem:
                return False
        return True

    def compute(self, view: int, windows: Sequence[Indices]) -> Iterator[Sequence[Tensor]]:
        """The features at the cut of each example of each window, computed from its inputs."""
        caching = self._caching
        cut = caching.model.cut
        assert cut is not None
        for batch in self.inputs(view, windows):
            signals.check()
            inputs = to_device(batch, caching.precision.device).inputs
            rows = cut.begin(inputs).cpu()
            yield (
                [row[mask] for row, mask in zip(rows, batch.inputs["attention_mask"].bool(), strict=True)]
                if cut.per_token
                else list(rows)
            )

    def inputs(self, view: int, windows: Sequence[Indices]) -> Iterator[Batch]:
        """What goes through the frozen blocks for each window of examples."""
        workers = self._workers if len(windows) > self._workers else 0
        loader = self._loads(self._encoded, Windows(windows), training=self.training, workers=workers)
        return loader.epoch(view)


def open_batches(
    caching: Caching, split: Split, *, training: bool = False, keep: bool = True
) -> SplitBatches:
    """Batches of a split, starting wherever the model is cut; `keep` is false for what is not seen again."""
    remember = 0 if caching.experiment.data.workers else MEMO_BYTES
    inputs = Encodings(split, caching.task, caching.inputs if keep else None, remember=remember)
    batches = SplitBatches(caching, inputs, training=training, keep=keep)
    if keep:
        caching.extents.append(Extent(batches.examples, batches.tokens, training))
    return batches


def scored_batches(caching: Caching, split: Split, *, keep: bool = True) -> SplitBatches:
    """Batches of a split for the trained model, which is cut behind the blocks that no epoch trained."""
    batches = open_batches(caching, split, keep=keep)
    caching.enter_scoring(batches.sample)
    return batches
