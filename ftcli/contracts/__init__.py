"""The types that the rooms hand to each other. They hold no behaviour worth testing; that is the point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn

TargetKind = Literal[
    "single-label",
    "multi-label",
    "number",
    "boxes",  # object detection
    "mask",  # segmentation
    "tags",  # one for each word
    "text",  # text to text
    "transcript",  # speech recognition
    "tokens",  # language modelling
    "speech",  # speech synthesis
]
Wants = Literal["category", "number", "boxes", "mask", "tags", "text", "transcript", "tokens", "speech"]
Modality = Literal["image", "text", "audio"]
Form = Literal[
    "vector", "maps", "tokens", "detector", "seq2seq", "causal", "masked", "transcriber", "synthesizer"
]  # fmt: skip


# --------------------------------------------------------------------------------------------------------- data


@dataclass(frozen=True, slots=True)
class Example:
    """One row of data, untouched.

    `inputs` holds `image` (a path, encoded bytes, or an array (H, W) or (H, W, 3) of uint8), `audio` (a path or encoded
    bytes), or `text`, which may be a tuple of words, and, for pairs, `text_pair`, or for a text to be spoken `speaker`.
    `target` is what `Target.kind` says, or None when predicting: a class name, a tuple of class names, a number,
    `Boxes`, a `Mask`, a tuple of tags, a text, or a sound as `audio` is. Of "tokens" it is True: what is learned is the
    input `text`, or the input `target`, which is the answer to it.
    """

    id: str
    inputs: Mapping[str, Any]
    target: Any = None


@dataclass(frozen=True, slots=True)
class Boxes:
    """The objects in one image. `corners` is float32 (N, 4): left, top, right, bottom, in pixels of the image.

    The image is upright, as it is decoded, whatever the file says of its orientation. `crowd` tells the boxes that hold
    many objects at once: a detection in them is neither right nor wrong.
    """

    labels: tuple[str, ...]
    corners: Any
    crowd: tuple[bool, ...] = ()


class Mask(Protocol):
    """The class of each pixel of one image, read when it is asked for. Picklable."""

    @property
    def names(self) -> Mapping[int, str]:
        """The class that each value stands for; a pixel of any other value does not count."""
        ...

    def read(self) -> Any:
        """Values, an integer array (H, W). Raises `DataError` for a file that cannot be read."""
        ...


class Split(Protocol):
    """Examples that are read when they are asked for; only targets are held in memory."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Example: ...
    def targets(self) -> Sequence[Any]:
        """The raw target of every example, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """What the examples are labelled with, learned from the training split."""

    kind: TargetKind
    classes: tuple[str, ...] = ()  # the order of the logits, or the speakers; empty where there are none
    counts: tuple[int, ...] = ()  # training examples of each class, or boxes, pixels, words
    examples: int = 0  # training examples
    mean: float = 0.0  # of the training numbers; a model learns (number - mean) / std
    std: float = 1.0

    @property
    def outputs(self) -> int:
        """How many outputs a head for this target has."""
        return len(self.classes) if self.classes else 1


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example after everything deterministic: what may be stored.

    `inputs` holds `pixels`, a uint8 tensor (3, H, W), or `input_ids` (and `token_type_ids`), int32 (tokens), or of a
    sound `values`, float32 (samples or frames, ...), and their `length`. `target` is for the
    task that made it: a class index, a tuple of them, a number, a mask. `seed` feeds the random part (augmentation):
    a function of (run seed, epoch, example), set by the loader.
    """

    id: str
    inputs: Mapping[str, Any]
    target: Any = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples together. `inputs` is exactly what `model(**inputs)` takes."""

    inputs: Mapping[str, Any]
    # Tensors, alone or in lists and mappings, as the task compares them, and what else it needs of the examples; None
    # when predicting, if it needs nothing.
    targets: Any = None
    ids: Sequence[str] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)  # tensors that the task needs, and no model takes
    # How many of the targets each example has, where they are one tensor of all that is to be foretold; None where
    # the first dimension of every tensor, and every list, is of the examples.
    shares: Sequence[int] | None = None
    # Of a batch that several processes share: its examples, where these are one part. Without ids they count nothing,
    # and only take part because all processes have to.
    whole: int = 0

    @property
    def examples(self) -> int:
        """How many examples the batch has, all its parts together."""
        return self.whole or len(self.ids)

    def pin_memory(self) -> Batch:
        """The batch in pinned memory, from which copies to a GPU need no waiting. PyTorch's loader calls it."""
        return self.each(lambda tensor: tensor.pin_memory())

    def each(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with every tensor changed, wherever it is."""
        parts = {name: changed(getattr(self, name), change) for name in ("inputs", "targets", "extras")}
        return replace(self, **parts)

    def part(self, start: int, stop: int) -> Batch:
        """The examples from `start` to before `stop`, padded as they are here; the tensors share memory with these."""
        size, shares = len(self.ids), self.shares
        inputs, extras = (_cut(value, start, stop, size) for value in (self.inputs, self.extras))
        if shares is None:
            return Batch(inputs, _cut(self.targets, start, stop, size), self.ids[start:stop], extras)
        targets = self.targets[sum(shares[:start]) : sum(shares[:stop])]
        return Batch(inputs, targets, self.ids[start:stop], extras, shares[start:stop])


def _cut(value: Any, start: int, stop: int, size: int) -> Any:
    """The items from `start` to before `stop` of a value of `size` examples. Raises `ValueError` for one of others."""
    if isinstance(value, Mapping):
        return {name: _cut(item, start, stop, size) for name, item in value.items()}
    if isinstance(value, list | tuple) or hasattr(value, "pin_memory"):
        if len(value) != size:
            raise ValueError(f"{len(value)} items in a batch of {size} examples")
        return value[start:stop]
    return value


def changed(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A value with every tensor in it changed, in mappings, lists and tuples too."""
    if isinstance(value, Mapping):
        return {name: changed(item, change) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(changed(item, change) for item in value)
    return change(value) if hasattr(value, "pin_memory") else value


# -------------------------------------------------------------------------------------------------------- models


@dataclass(frozen=True, slots=True)
class ImagePreprocess:
    """The pipeline that image weights expect, with pixels in [0, 1] before `mean` and `std`.

    `resize` is the shorter side; with `squash` the whole image is resized to (`resize`, `resize`) instead.
    Evaluation then takes the centre crop of `crop` x `crop`; where there is a `longest` it takes the whole image,
    whose shorter side is less than `resize` if its longer one would be more than `longest`.
    """

    resize: int
    crop: int
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    interpolation: Literal["bilinear", "bicubic", "nearest-exact"] = "bilinear"
    squash: bool = False
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class TextPreprocess:
    """A Hugging Face tokenizer and the most tokens that the model takes."""

    tokenizer: Any
    max_length: int


@dataclass(frozen=True, slots=True)
class Packing:
    """Encoded texts joined and cut into blocks of `length` tokens, with the tokens `before` and `after` around each."""

    length: int
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A rung of the ladder: a name for people, and the prefixes of its parameters and buffers."""

    name: str
    prefixes: tuple[str, ...]

    def holds(self, name: str) -> bool:
        """Whether the parameter or buffer `name` belongs to this block."""
        return any(name == prefix or name.startswith(prefix + ".") for prefix in self.prefixes)

    def under(self, path: str) -> Block:
        """The same block of a network that has this one as its child at `path`."""
        return Block(self.name, tuple(f"{path}.{prefix}" for prefix in self.prefixes))


@dataclass(frozen=True, slots=True)
class Backbone:
    """A pre-trained network without its head: `module(**inputs)` gives features of the `form` that a task asked for.

    "vector" is (B, width), "maps" (B, width, h, w), "tokens" (B, T, width). A network of any other form has its head
    inside, at the prefixes `head`, and its module says what it gives. In training, a network with auxiliary classifiers
    gives a tuple (features, auxiliary features, ...) instead, whose widths are `auxiliary`; each auxiliary loss counts
    `auxiliary_weight` times.
    """

    module: nn.Module
    preprocess: ImagePreprocess | TextPreprocess | Any  # for sounds what the loader of the form says
    width: int
    blocks: tuple[Block, ...]  # the ladder, input first; prefixes are relative to `module`
    source: str  # "torchvision/resnet50@IMAGENET1K_V2"
    family: str  # the row in the table of defaults: "cnn", "mobile", "convnext", "vit", "bert", ...
    auxiliary: tuple[int, ...] = ()
    auxiliary_weight: float = 0.0
    form: Form = "vector"
    head: tuple[str, ...] = ()  # prefixes in `module` that are new or of this task alone; no block has them
    loss: str | None = None  # what it is trained with, where that does not follow from the target
    notes: tuple[str, ...] = ()  # sentences for the user, on what was decided in loading
    chosen: Mapping[str, tuple[Any, str]] = field(
        default_factory=dict
    )  # keys of `model` that were left out: a value, and why


class FreezePolicy(Protocol):
    """Which parameters train in which epoch: a pure function of the epoch, so that resuming needs no history."""

    @property
    def extendable(self) -> bool:
        """Whether phases, and what trains in all epochs together, stay what they are where more epochs follow."""
        ...

    def prepare(self, model: nn.Module, blocks: Sequence[Block], epochs: int) -> None:
        """Learn the parameter names. `blocks` is the ladder of the whole model, head last."""
        ...

    def phases(self) -> tuple[int, ...]:
        """The first epoch of each phase, from 0. The learning-rate schedule starts anew in each."""
        ...

    def trainable(self, epoch: int) -> frozenset[str]:
        """The names of the parameters that train in `epoch`, counted from 0."""
        ...

    def enter(self, model: nn.Module, epoch: int) -> None:
        """Put `model` in the state for training in `epoch`: gradients, and train or eval mode of each module."""
        ...


# ---------------------------------------------------------------------------------------------------- measures


@dataclass(frozen=True, slots=True)
class Loss:
    """A sum over units, and how many. Only the loop divides."""

    total: Tensor  # scalar, differentiable
    count: Tensor  # scalar: examples, tokens, pixels
    parts: Mapping[str, Tensor] = field(default_factory=dict)  # named terms, detached sums


class Metric(Protocol):
    """A running score. States of two halves of the data merge to exactly the state of the whole."""

    thorough: ClassVar[bool]  # whether `compute` needs all predictions at once and takes time, as AUROC

    def update(self, outputs: Any, targets: Any) -> None: ...
    def merge(self, other: Any) -> None: ...
    def compute(self) -> dict[str, float]:
        """Figures by name; an empty metric gives no figures."""
        ...


# ------------------------------------------------------------------------------------------------------- meaning


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one example. `scores` are probabilities by class; empty where there are none."""

    id: str
    label: Any
    probability: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)

    only_files: ClassVar[bool] = False  # whether it is in files that `save` writes, and in no table

    def rows(self) -> list[dict[str, Any]]:
        """Rows of a table, all with the same columns: one, except where an example holds any number of things.

        A value has its own type: a text, a number, a tuple of texts, or None where there is nothing.
        """
        row = {"id": self.id, "label": self.label}
        if self.probability is not None:
            row["probability"] = round(self.probability, 6)
        return [row | {f"p({name})": round(score, 6) for name, score in self.scores.items()}]

    def save(self, example: Example, path: Path) -> list[Path]:
        """Write what no table can hold, such as a picture, to files that are called `path` and an ending."""
        return []


class Task(Protocol):
    """What a batch means. No room sees more of a task than its own verbs."""

    target: Target

    def attach(self, backbone: Backbone) -> Any:
        """Backbone plus a new head: the model that trains, a `models.network.Network`."""
        ...

    @property
    def sequence(self) -> str | None:
        """Which of the encoded inputs differ in length, so that examples of like length come together."""
        ...

    @property
    def encoding(self) -> Mapping[str, Any]:
        """What encoded inputs depend on besides the example, as JSON would hold it."""
        ...

    def notes(self, split: Split) -> list[str]:
        """Sentences for the user on how the examples of `split` are encoded, such as how many texts are cut."""

    @property
    def packing(self) -> Packing | None:
        """How the `input_ids` of examples with a target become blocks; None where each example stays by itself."""
        ...

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        """The deterministic steps, for one example. With `inputs`, stored ones, its input is not read."""
        ...

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """The encoded inputs of many examples in one go, equal to those of one at a time."""
        ...

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """The random part (seeded by each `Encoded.seed`) if `training`, and batching."""
        ...

    def loss(self, model: nn.Module, batch: Batch) -> Loss:
        """Forward pass and loss, differentiable."""
        ...

    def metrics(self) -> dict[str, Metric]:
        """Fresh running scores."""
        ...

    def score(self, model: nn.Module, batch: Batch, metrics: Mapping[str, Metric]) -> Loss:
        """Forward pass, without gradients, into `metrics`; the loss of the same pass."""
        ...

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """One prediction for each example of the batch, in order."""
        ...

    def table(self, metrics: Mapping[str, Metric]) -> Sequence[Mapping[str, Any]]:
        """A row of figures for each class; empty where there are no classes."""
        ...


PathLike = str | Path
