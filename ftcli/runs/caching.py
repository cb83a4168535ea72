"""What is computed once: encoded inputs, and the features of blocks that stay frozen.

A `Caching` belongs to one model. In each epoch the freezing policy says where the network is cut; batches then start at
the cut, with features from disk where they can be kept, else through the inference form of the frozen blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ftcli import signals
from ftcli.config.schema import Experiment
from ftcli.contracts import Backbone, Batch, ImagePreprocess, Split, Task
from ftcli.data.encodings import Encodings
from ftcli.data.features import Features
from ftcli.data.loading import Loader
from ftcli.data.order import Indices, Order
from ftcli.data.store import Shelf, Store, default_folder, fingerprint
from ftcli.models.cut import Cut, CutError
from ftcli.models.heads import Classifier
from ftcli.training.evaluate import to_device
from ftcli.training.precision import Precision

MEMO_BYTES = 512 * 2**20  # encoded examples that may stay in memory where nothing is kept on disk
WINDOW = 64  # examples that go through the frozen blocks together

Sample = Callable[[], Mapping[str, Tensor]]


class Windows:
    """Batches of indices that somebody has chosen: an `Order` for a loader that fills."""

    def __init__(self, windows: Sequence[Indices]) -> None:
        self._windows = list(windows)

    def __len__(self) -> int:
        return len(self._windows)

    def batches(self, epoch: int) -> list[Indices]:
        """The same windows in every epoch."""
        return self._windows


class Caching:
    """Cuts the model and supplies batches.

    `frozen` is how many blocks stay frozen in each epoch; with `dry` nothing is written.
    """

    def __init__(
        self, experiment: Experiment, task: Task, backbone: Backbone, model: Classifier, precision: Precision,
        frozen: Sequence[int], *, dry: bool = False,
    ) -> None:  # fmt: skip
        self.experiment, self.task, self.backbone, self.model = experiment, task, backbone, model
        self.precision = precision
        whole = len(backbone.blocks)  # the only depth that networks are cut at so far
        self.depths = [depth if depth == whole else 0 for depth in frozen]
        self.never_trained = min(self.depths)
        self.reasons: dict[int, str] = {}  # depths that the network cannot be cut at, and why
        self.watch: Callable[[int, int], None] = lambda done, total: None
        settings = experiment.data.cache
        folder = default_folder() if settings.folder is None else Path(settings.folder)
        self.store = None if settings.keep == "none" else Store(folder, int(settings.limit_gb * 1e9))
        self._dry = dry
        self._inputs = self.store.shelf("inputs", task.encoding) if self.store and not dry else None
        self._shelves: dict[str, Shelf] = {}  # of the present cut
        self._weights = ""  # what decides the features at it
        self._depth = 0
        self._told: set[str] = set()

    # ------------------------------------------------------------------------------------------------ the cut

    def enter(self, epoch: int, sample: Sample) -> None:
        """Cut the model where `epoch` wants it; `sample()` is the input of a small batch."""
        self._cut(self.depths[epoch], sample)

    def _cut(self, depth: int, sample: Sample) -> None:
        if depth == self._depth:
            return
        self._depth, self.model.cut = depth, None
        self._shelves.clear()
        if depth == 0 or depth in self.reasons:
            return
        dtype = torch.bfloat16 if self.precision.name == "bf16" else torch.float32
        device = {name: value.to(self.precision.device) for name, value in sample().items()}
        try:
            self.model.cut = Cut(self.backbone.module, self.backbone.blocks, depth, device, dtype=dtype)
            self._weights = self.model.cut.fingerprint()
        except CutError as error:
            self.reasons[depth] = str(error)

    @property
    def augment(self) -> str:
        """How training images are changed at random."""
        return self.experiment.data.augment or "none"

    def shelf(self, *, training: bool) -> Shelf | None:
        """Where features at the present cut are kept for training or evaluation; None if they are not."""
        cut, settings = self.model.cut, self.experiment.data.cache
        random = training and self.augment != "none"
        kept = settings.keep == "auto" and not self._dry and (settings.views is not None or not random)
        if cut is None or self.store is None or not kept:
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
        if name not in self._shelves:
            self._shelves[name] = self.store.shelf("features", facts)
        return self._shelves[name]

    # -------------------------------------------------------------------------------------------- the batches

    def batches(self, split: Split, *, training: bool = False, keep: bool = True) -> Batches:
        """Batches of a split, starting wherever the model is cut; `keep` is false for what won't be seen again."""
        remember = 0 if self.experiment.data.workers else MEMO_BYTES
        inputs = Encodings(split, self.task, self._inputs if keep else None, remember=remember)
        return Batches(self, inputs, training=training, keep=keep)

    def scored(self, split: Split, *, keep: bool = True) -> Batches:
        """Batches of a split for the trained model, which is cut at what no epoch trained."""
        batches = self.batches(split, keep=keep)
        self._cut(self.never_trained, batches.sample)
        return batches

    def plan(self, examples: int) -> Iterator[tuple[str, str]]:
        """What is kept, and where; or why not. `examples` is how many there are in all splits."""
        settings = self.experiment.data.cache
        if self.store is None:
            yield "inputs and features", "not kept: data.cache is none"
            return
        yield "inputs", f"kept in {self.store.folder}, at most {settings.limit_gb:g} GB"
        frozen = sum(depth > 0 for depth in self.depths)
        size = (
            examples
            * self.backbone.width
            * (2 if self.precision.name == "bf16" else 4)
            * (settings.views or 1)
        )
        if not frozen:
            yield "features", "not kept: no epoch leaves the whole backbone frozen"
        elif settings.keep != "auto":
            yield "features", f"not kept: data.cache is {settings.keep}"
        elif self.augment != "none" and settings.views is None:
            why = f"{self.augment} changes them in every epoch; data.augment: none, or data.cache: {{views: 5}}, would"
            yield "features", f"of the training split not kept: {why}"
        else:
            yield (
                "features",
                f"of the frozen backbone kept, {size / 1e6:.1f} MB, for {frozen} of {len(self.depths)} epochs",
            )

    def news(self) -> Iterator[str]:
        """What has gone wrong since the last call."""
        troubles = [f"no features are kept: {reason}" for reason in self.reasons.values()]
        shelves = [("inputs", self._inputs), *(("features", shelf) for shelf in self._shelves.values())]
        troubles += [
            f"{kind} are no longer kept: {shelf.problem}"
            for kind, shelf in shelves
            if shelf and shelf.problem
        ]
        for trouble in troubles:
            if trouble not in self._told:
                self._told.add(trouble)
                yield trouble


class Batches:
    """The batches of one split: as they are, or from features at the cut."""

    def __init__(self, caching: Caching, examples: Encodings, *, training: bool, keep: bool) -> None:
        self._caching, self._inputs, self._training, self._keep = caching, examples, training, keep
        data = caching.experiment.data
        self._seed, self._workers = caching.experiment.training.seed, data.workers or 0
        self._views = data.cache.views if training else None
        lengths = examples.lengths()
        options: dict[str, Any] = {
            "lengths": lengths,
            "max_tokens": None if lengths is None else data.max_tokens,
        }
        order = Order(len(examples), data.batch_size or 1, seed=self._seed, training=training, **options)
        self._windows = Order(len(examples), WINDOW, seed=0, training=False, **options)
        self._loader = self._loads(examples, order, training=training, workers=self._workers)
        self.order = order
        self.examples = len(examples)

    def __len__(self) -> int:
        return len(self.order)

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of an epoch but the first `skip`. Features that are missing are computed first."""
        if self._training:
            self._caching.enter(epoch, self.sample)
        features = self._features()
        if features is None or not self._filled(features, epoch):
            return self._loader.epoch(epoch, skip)
        return self._loads(features, self.order, training=self._training, workers=0).epoch(epoch, skip)

    def sample(self) -> Mapping[str, Tensor]:
        """The inputs of the first examples, for a look at the network."""
        few = [self._inputs.get(index, 0) for index in range(min(4, len(self._inputs)))]
        return self._caching.task.collate(few, training=False).inputs

    def _loads(self, examples: Any, order: Any, *, training: bool, workers: int) -> Loader:
        collate = self._caching.task.collate
        return Loader(
            examples, collate, order, seed=self._seed, training=training, workers=workers, views=self._views
        )

    def _features(self) -> Features | None:
        """The examples as features where those are kept. Random changes before the cut are told apart by their seed."""
        caching = self._caching
        shelf = caching.shelf(training=self._training)
        cut = caching.model.cut
        if shelf is None or cut is None or not self._keep:
            return None
        random = self._training and caching.augment != "none"
        return Features(
            self._inputs,
            shelf,
            lambda view: partial(self._compute, view),
            seed=self._seed if random else None,
            views=self._views or 1,
            with_inputs=cut.needs_inputs,
        )

    def _filled(self, features: Features, epoch: int) -> bool:
        """Whether the features of all examples are there, computed now as far as they were missing."""
        missing = features.missing(self._windows.batches(0), epoch)
        if missing and features.shelf.problem:  # they could not be kept
            return False
        total, done = sum(map(len, missing)), 0
        for count in features.fill(missing, epoch):
            done += count
            self._caching.watch(done, total)
            if features.shelf.problem:
                return False
        return True

    def _compute(self, view: int, windows: Sequence[Indices]) -> Iterator[Sequence[Tensor]]:
        caching = self._caching
        cut = caching.model.cut
        assert cut is not None
        workers = self._workers if len(windows) > self._workers else 0
        loader = self._loads(self._inputs, Windows(windows), training=self._training, workers=workers)
        for batch in loader.epoch(view):
            signals.check()
            inputs = to_device(batch, caching.precision.device).inputs
            rows = cut.begin(inputs).cpu()
            yield (
                [row[mask] for row, mask in zip(rows, batch.inputs["attention_mask"].bool(), strict=True)]
                if (cut.per_token)
                else list(rows)
            )
