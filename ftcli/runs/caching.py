"""What is computed once: encoded inputs, and the features of blocks that stay frozen.

A `Caching` belongs to one model. In each epoch the freezing policy says where the network is cut. Batches
(`batches.py`) then start at the cut, with features from disk where they can be kept, else through the inference form
of the frozen blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ftcli.config.schema import Experiment
from ftcli.contracts import Backbone, ImagePreprocess, Task
from ftcli.models.freezing.cut import Cut
from ftcli.models.freezing.meta_copy import CutError
from ftcli.models.network import Network
from ftcli.runs.cache_folder import open_store
from ftcli.store.bucket import Bucket
from ftcli.store.fingerprints import fingerprint
from ftcli.store.store import Store
from ftcli.training.distributed.group import Group
from ftcli.training.precision import Precision

Sample = Callable[[], Mapping[str, Tensor]]


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a split is; `tokens` is 0 for images."""

    examples: int
    tokens: int
    training: bool


class Kept(NamedTuple):
    """What is kept, whether and where or why not, and that in a few words; `bytes` of features that will be kept."""

    what: str
    words: str
    brief: str
    bytes: int = 0


class Caching:
    """Cuts the model and supplies batches.

    `frozen` is how many blocks stay frozen in each epoch; with `dry` nothing is written. It holds no `SplitBatches`,
    which hold it: in a circle they would outlive the run, and with them the processes that read.
    """

    def __init__(
        self, experiment: Experiment, task: Task, backbone: Backbone, model: Network, precision: Precision,
        frozen: Sequence[int], *, dry: bool = False, group: Group | None = None,
    ) -> None:  # fmt: skip
        self.group = group or Group()
        self.experiment, self.task, self.backbone, self.model = experiment, task, backbone, model
        self.precision = precision
        self.depths = list(frozen)
        self.reasons: dict[int, str] = {}  # depths that the network cannot be cut at, and why
        self.watch: Callable[[int, int], None] = lambda done, total: None
        # Seconds, and the examples whose features were computed in them.
        self.filled = [0.0, 0]
        settings = experiment.data.cache
        limit = int(settings.limit_gb * 1e9)
        self.store = None if settings.keep == "none" else open_store(settings.folder, limit)
        self._dry = dry
        self.inputs = self.store.bucket("inputs", task.encoding) if self.store and not dry else None
        self.extents: list[Extent] = []  # of splits that are seen more than once
        self._buckets: dict[str, Bucket] = {}  # of the present cut
        self._weights = ""  # what decides the features at it
        self._depth = 0
        self._told: set[str] = set()

    # ------------------------------------------------------------------------------------------------ the cut

    def enter(self, epoch: int, sample: Sample) -> None:
        """Cut the model where `epoch` wants it; `sample()` is the input of a small batch."""
        self._cut(self.depths[epoch], sample)

    def enter_scoring(self, sample: Sample) -> None:
        """Cut the trained model behind the blocks that no epoch trained; features are not kept of mirror images."""
        self._cut(0 if self.model.mirrored else min(self.depths), sample)

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

    def filling(self) -> float:
        """Seconds of an example whose features had to be computed; 0 before any were."""
        seconds, examples = self.filled
        return seconds / max(1, examples)

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

    @contextmanager
    def with_store(self, store: Store | None) -> Iterator[None]:
        """Within it features are looked for in another store."""
        before, buckets = self.store, self._buckets
        self.store, self._buckets = store, {}
        try:
            yield
        finally:
            self.store, self._buckets = before, buckets

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
            for split in self.extents
        )
        return units * (cut.values or self.backbone.width) * cut.dtype.itemsize

    # --------------------------------------------------------------------------------------------- what is shown

    def plan(self, sample: Sample) -> Iterator[Kept]:
        """What is computed once and kept, and where; or why not. `sample` as for `enter`."""
        settings = self.experiment.data.cache
        if self.store is None:
            yield Kept("inputs and features", "not kept: data.cache is none", "nothing: data.cache is none")
            return
        folder = self.store.folder
        yield Kept("inputs", f"kept in {folder}, at most {settings.limit_gb:g} GB", f"inputs in {folder}")
        if not any(self.depths):
            yield Kept("features", "not kept: no epoch leaves the first block frozen", "")
        depths = dict.fromkeys(filter(None, self.depths))
        # The first epoch's cut stays.
        lines = [self._plan_of(depth, sample) for depth in reversed(depths)]
        yield from reversed(lines)

    def _plan_of(self, depth: int, sample: Sample) -> Kept:
        self._cut(depth, sample)
        cut, blocks = self.model.cut, self.backbone.blocks
        if cut is None:
            reason = self.reasons[depth]
            return Kept("features", f"not kept: {reason}", f"no features ({reason})")
        what = (
            "the backbone" if cut.depth == len(blocks) else f"its blocks up to {blocks[cut.depth - 1].name}"
        )
        epochs = f"frozen in {self.depths.count(depth)} of {len(self.depths)} epochs"
        less = f" ({self.reasons[depth]})" if cut.depth < depth else ""
        if why := self._why_not(cut, random=self.augment != "none"):
            whose = "of the training split not kept" if self.augment != "none" else "not kept"
            words = f"of {what}, {epochs}, {whose}: {why}{less}"
            return Kept("features", words, f"no features of {what} ({why.partition(';')[0]})")
        count = self._bytes(cut)
        size = f"{count / 1e6:.1f} MB"
        words = f"of {what}, {epochs}, kept: {size}{less}"
        return Kept("features", words, f"features of {what}, {size}", count)

    def news(self) -> Iterator[str]:
        """What has gone wrong since the last call."""
        none = self._depth > 0 and self.model.cut is None and self.model.uncut is None
        troubles = [f"no features are kept: {self.reasons[self._depth]}"] if none else []
        buckets = [("inputs", self.inputs), *(("features", bucket) for bucket in self._buckets.values())]
        troubles += [
            f"{kind} are no longer kept: {bucket.problem}"
            for kind, bucket in buckets
            if bucket and bucket.problem
        ]
        for trouble in troubles:
            if trouble not in self._told:
                self._told.add(trouble)
                yield trouble
