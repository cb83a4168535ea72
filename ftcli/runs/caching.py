"""What is computed once: encoded inputs, and the features of blocks that stay frozen.

A `Caching` belongs to one model. In each epoch the freezing policy says where the network is cut; batches then start at
the cut, with features from disk where they can be kept, else through the inference form of the frozen blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from ftcli.config.schema import Experiment
from ftcli.contracts import Backbone, Batch, ImagePreprocess, Split, Task
from ftcli.loading.batch_sampler import BatchSampler, Indices
from ftcli.loading.encoded import Encodings
from ftcli.loading.features import Features
from ftcli.loading.loader import Loader
from ftcli.loading.packing import Packed
from ftcli.loading.rank_partition import WHOLE, Partition
from ftcli.models.freezing.cut import Cut
from ftcli.models.freezing.meta_copy import CutError
from ftcli.models.network import Network
from ftcli.runs.cache_folder import open_store
from ftcli.store.store import Bucket, fingerprint
from ftcli.system import signals
from ftcli.training.distributed.group import Group
from ftcli.training.evaluate import to_device
from ftcli.training.precision import Precision

MEMO_BYTES = 512 * 2**20  # encoded examples that may stay in memory where nothing is kept on disk
WINDOW = 64  # examples that go through the frozen blocks together

Sample = Callable[[], Mapping[str, Tensor]]


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


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a split is; `tokens` is 0 for images."""

    examples: int
    tokens: int
    training: bool


class Caching:
    """Cuts the model and supplies batches.

    `frozen` is how many blocks stay frozen in each epoch; with `dry` nothing is written. It holds no `Batches`, which
    hold it: in a circle they would outlive the run, and with them the processes that read.
    """

    def __init__(
        self, experiment: Experiment, task: Task, backbone: Backbone, model: Network, precision: Precision,
        frozen: Sequence[int], *, dry: bool = False, group: Group | None = None,
    ) -> None:  # fmt: skip
        self.group = group or Group()
        self.experiment, self.task, self.backbone, self.model = experiment, task, backbone, model
        self.precision = precision
        self.depths = list(frozen)
        self.never_trained = min(self.depths)
        self.reasons: dict[int, str] = {}  # depths that the network cannot be cut at, and why
        self.watch: Callable[[int, int], None] = lambda done, total: None
        settings = experiment.data.cache
        limit = int(settings.limit_gb * 1e9)
        self.store = None if settings.keep == "none" else open_store(settings.folder, limit)
        self._dry = dry
        self._inputs = self.store.bucket("inputs", task.encoding) if self.store and not dry else None
        self._extents: list[Extent] = []  # of splits that are seen more than once
        self._buckets: dict[str, Bucket] = {}  # of the present cut
        self._weights = ""  # what decides the features at it
        self._depth = 0
        self._told: set[str] = set()

    # ------------------------------------------------------------------------------------------------ the cut

    def enter(self, epoch: int, sample: Sample) -> None:
        """Cut the model where `epoch` wants it; `sample()` is the input of a small batch."""
        self._cut(self.depths[epoch], sample)

    def _cut(self, depth: int, sample: Sample) -> None:
        """Cut after `depth` blocks, or after as many of them as the network can be cut after."""
        if depth == self._depth:
            return
        self._depth, self.model.cut = depth, None
        self._buckets.clear()
        if self.model.uncut is not None:
            self.reasons |= dict.fromkeys(range(1, depth + 1), self.model.uncut)
            return
        inputs = {
            name: value.to(self.precision.device) for name, value in (sample() if depth else {}).items()
        }
        for blocks in range(depth, 0, -1):
            self.model.cut = self._cut_after(blocks, inputs)
            if self.model.cut is not None:
                self._weights = self.model.cut.fingerprint()
                return

    def whole(self) -> int:
        """In how many epochs the network is not cut, as far as it is known where it can be."""
        return sum(all(n in self.reasons for n in range(1, depth + 1)) for depth in self.depths)

    def _cut_after(self, blocks: int, inputs: Mapping[str, Tensor]) -> Cut | None:
        if blocks in self.reasons:
            return None
        dtype = torch.bfloat16 if self.precision.name == "bf16" else torch.float32
        try:
            parts = (self.backbone.module, self.backbone.blocks)
            return Cut(*parts, blocks, inputs, dtype=dtype, form=self.backbone.form)
        except CutError as error:
            self.reasons[blocks] = str(error)
            return None

    # ------------------------------------------------------------------------------------------ what is kept

    @property
    def augment(self) -> str:
        """How training images are changed at random."""
        return self.experiment.data.augment or "none"

    def bucket(self, *, training: bool) -> Bucket | None:
        """Where features at the present cut are kept for training or evaluation; None if they are not."""
        cut, random = self.model.cut, training and self.augment != "none"
        if cut is None or self.store is None or self._dry or self._why_not(cut, random=random):
            return None
        preprocess = self.backbone.preprocess
        plain = asdict(preprocess) if isinstance(preprocess, ImagePreprocess) else None
        facts = {
            "source": self.backbone.source,
            "block": self.backbone.blocks[cut.depth - 1].name,
            "weights": self._weights,
            "encoding": dict(self.task.encoding),
            "preprocess": plain,
            "augment": self.augment if random else "none",
            "precision": self.precision.name,
        }
        name = fingerprint(facts)
        if name not in self._buckets:
            self._buckets[name] = self.store.bucket("features", facts)
        return self._buckets[name]

    def _why_not(self, cut: Cut, *, random: bool) -> str | None:
        """Why features at the cut are not kept, if they are not. `random`: of images that are augmented."""
        settings = self.experiment.data.cache
        if settings.keep != "auto":
            return f"data.cache is {settings.keep}"
        if random and settings.views is None:
            return f"{self.augment} changes them in every epoch; data.augment: none, or data.cache: {{views: 5}}, would"
        if self._depth < len(self.backbone.blocks) and self.depths.count(self._depth) < 2:
            return "only one epoch has this cut"
        assert self.store is not None
        size, room = self._bytes(cut), self.store.most()
        if size > room:
            return f"{size / 1e9:.1f} GB are more than the {room / 1e9:.1f} GB that there is room for"
        return None

    def _bytes(self, cut: Cut) -> int:
        """What the features of all splits take at the cut."""
        views = self.experiment.data.cache.views or 1
        units = sum(
            (split.tokens if cut.per_token else split.examples) * (views if split.training else 1)
            for split in self._extents
        )
        return units * (cut.values or self.backbone.width) * cut.dtype.itemsize

    # -------------------------------------------------------------------------------------------- the batches

    def batches(self, split: Split, *, training: bool = False, keep: bool = True) -> Batches:
        """Batches of a split, starting wherever the model is cut; `keep` is false for what won't be seen again."""
        remember = 0 if self.experiment.data.workers else MEMO_BYTES
        inputs = Encodings(split, self.task, self._inputs if keep else None, remember=remember)
        batches = Batches(self, inputs, training=training, keep=keep)
        if keep:
            self._extents.append(Extent(batches.examples, batches.tokens, training))
        return batches

    def scored(self, split: Split, *, keep: bool = True) -> Batches:
        """Batches of a split for the trained model, which is cut at what no epoch trained."""
        batches = self.batches(split, keep=keep)
        self._cut(self.never_trained, batches.sample)
        return batches

    def plan(self, sample: Sample) -> Iterator[tuple[str, str]]:
        """What is computed once and kept, and where; or why not. `sample` as for `enter`."""
        settings = self.experiment.data.cache
        if self.store is None:
            yield "inputs and features", "not kept: data.cache is none"
            return
        yield "inputs", f"kept in {self.store.folder}, at most {settings.limit_gb:g} GB"
        if not any(self.depths):
            yield "features", "not kept: no epoch leaves the first block frozen"
        depths = dict.fromkeys(filter(None, self.depths))
        lines = [self._plan_of(depth, sample) for depth in reversed(depths)]  # the first epoch's cut stays
        yield from (("features", line) for line in reversed(lines))

    def _plan_of(self, depth: int, sample: Sample) -> str:
        self._cut(depth, sample)
        cut, blocks = self.model.cut, self.backbone.blocks
        if cut is None:
            return f"not kept: {self.reasons[depth]}"
        what = (
            "the backbone" if cut.depth == len(blocks) else f"its blocks up to {blocks[cut.depth - 1].name}"
        )
        epochs = f"frozen in {self.depths.count(depth)} of {len(self.depths)} epochs"
        less = f" ({self.reasons[depth]})" if cut.depth < depth else ""
        if why := self._why_not(cut, random=self.augment != "none"):
            whose = "of the training split not kept" if self.augment != "none" else "not kept"
            return f"of {what}, {epochs}, {whose}: {why}{less}"
        return f"of {what}, {epochs}, kept: {self._bytes(cut) / 1e6:.1f} MB{less}"

    def news(self) -> Iterator[str]:
        """What has gone wrong since the last call."""
        none = self._depth > 0 and self.model.cut is None and self.model.uncut is None
        troubles = [f"no features are kept: {self.reasons[self._depth]}"] if none else []
        buckets = [("inputs", self._inputs), *(("features", bucket) for bucket in self._buckets.values())]
        troubles += [
            f"{kind} are no longer kept: {bucket.problem}"
            for kind, bucket in buckets
            if bucket and bucket.problem
        ]
        for trouble in troubles:
            if trouble not in self._told:
                self._told.add(trouble)
                yield trouble


class Batches:
    """The batches of one split: as they are, or from features at the cut."""

    def __init__(self, caching: Caching, examples: Encodings, *, training: bool, keep: bool) -> None:
        self._caching, self._inputs, self.training, self._keep = caching, examples, training, keep
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
        order = BatchSampler(len(shown), data.batch_size or 1, seed=self._seed, training=training, **options)
        self._windows = BatchSampler(len(shown), WINDOW, seed=0, training=False, **options)
        normed = any(isinstance(module, _BatchNorm) for module in caching.model.modules())
        self._part = Partition(caching.group.rank, caching.group.size, least=2 if normed else 1)
        self._loader = self._loads(shown, order, training=training, workers=self._workers, part=self._part)
        self.order = order
        self.examples = len(shown)  # or blocks of them
        self._shown = shown
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
        """The examples as features where those are kept. Random changes before the cut are told apart by their seed."""
        caching = self._caching
        bucket = caching.bucket(training=self.training)
        cut = caching.model.cut
        if bucket is None or cut is None or not self._keep:
            return None
        random = self.training and caching.augment != "none"
        return Features(
            self._inputs,
            bucket,
            lambda view: partial(self._compute, view),
            seed=self._seed if random else None,
            views=self._views or 1,
            with_inputs=cut.needs_inputs,
        )

    def _filled(self, features: Features | None, epoch: int) -> bool:
        """Whether the features of all examples are there, computed now as far as they were missing.

        The processes of a host, which share its disk, compute a part each; all use features, or none does.
        """
        group = self._caching.group
        if any(group.most(features is None)):
            return False
        assert features is not None
        windows = self._windows.batches(0)[group.local_rank :: group.local_size]
        kept = self._fill(features, features.missing(windows, epoch), epoch)
        return not any(group.most(not kept))  # which all have computed theirs before

    def _fill(self, features: Features, missing: Sequence[Indices], epoch: int) -> bool:
        """Compute what is missing; whether it could be kept."""
        total, done = sum(map(len, missing)), 0
        if missing and features.bucket.problem:
            return False
        for count in features.fill(missing, epoch):
            done += count
            self._caching.watch(done, total)
            if features.bucket.problem:
                return False
        return True

    def _compute(self, view: int, windows: Sequence[Indices]) -> Iterator[Sequence[Tensor]]:
        caching = self._caching
        cut = caching.model.cut
        assert cut is not None
        workers = self._workers if len(windows) > self._workers else 0
        loader = self._loads(self._inputs, Windows(windows), training=self.training, workers=workers)
        for batch in loader.epoch(view):
            signals.check()
            inputs = to_device(batch, caching.precision.device).inputs
            rows = cut.begin(inputs).cpu()
            yield (
                [row[mask] for row, mask in zip(rows, batch.inputs["attention_mask"].bool(), strict=True)]
                if cut.per_token
                else list(rows)
            )
