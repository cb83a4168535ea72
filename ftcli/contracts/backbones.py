"""Pre-trained networks without their head, and which of their parameters train."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from torch import nn


Form = Literal[
    "vector", "maps", "tokens", "detector", "seq2seq", "causal", "masked", "transcriber", "synthesizer"
]  # fmt: skip

# Forms of networks without a head.
FEATURES = frozenset[Form]({"vector", "maps", "tokens"})


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
class Block:
    """A block of the ladder: a name, and the prefixes of its parameters and buffers."""

    name: str
    prefixes: tuple[str, ...]

    def holds(self, name: str) -> bool:
        """Whether the parameter or buffer `name` belongs to this block."""
        return any(name == prefix or name.startswith(prefix + ".") for prefix in self.prefixes)

    def under(self, path: str) -> Block:
        """The same block of a network that has this one as its child at `path`."""
        return Block(self.name, tuple(f"{path}.{prefix}" for prefix in self.prefixes))


def block_by_name(names: Iterable[str], blocks: Sequence[Block]) -> dict[str, Block]:
    """The block that holds each parameter or buffer; names that none of `blocks` holds are left out."""
    by_prefix = {prefix: block for block in blocks for prefix in block.prefixes}
    found: dict[str, Block] = {}
    for name in names:
        path = name
        while path and path not in by_prefix:
            path = path.rpartition(".")[0]
        if path:
            found[name] = by_prefix[path]
    return found


@dataclass(frozen=True, slots=True)
class Backbone:
    """A pre-trained network without its head: `module(**inputs)` gives features of the `form` that a task asked for.

    "vector" is (B, width), "maps" (B, width, h, w), "tokens" (B, T, width). A network of any other form has its head
    inside, at the prefixes `head`, and its module documents its outputs. In training, a network with auxiliary heads
    gives a tuple (features, auxiliary features, ...) instead, whose widths are `auxiliary`; each auxiliary loss counts
    `auxiliary_weight` times.
    """

    module: nn.Module
    # For sounds a class of the form's loader.
    preprocess: ImagePreprocess | TextPreprocess | Any
    width: int
    # The ladder, input first; prefixes are relative to `module`.
    blocks: tuple[Block, ...]
    # "torchvision/resnet50@IMAGENET1K_V2".
    source: str
    # The row in the table of defaults: "cnn", "mobile", "convnext", "vit", "bert", ...
    family: str
    auxiliary: tuple[int, ...] = ()
    auxiliary_weight: float = 0.0
    form: Form = "vector"
    # Prefixes in `module` that are new or of this task alone; no block has them.
    head: tuple[str, ...] = ()
    # What it is trained with, where that does not follow from the target.
    loss: str | None = None
    # Sentences for the user, on what was decided in loading.
    notes: tuple[str, ...] = ()
    # Keys of `model` that were left out: a value, and why.
    chosen: Mapping[str, tuple[Any, str]] = field(default_factory=dict)

    @property
    def headless(self) -> bool:
        """Whether the network gives features, for which a new head is needed."""
        return self.form in FEATURES


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
        """The first epoch of each phase, from 0. The learning-rate schedule starts again in each."""
        ...

    def trainable(self, epoch: int) -> frozenset[str]:
        """The names of the parameters that train in `epoch`, counted from 0."""
        ...

    def what_trains(self, epoch: int) -> str:
        """The same in words: "head", "all blocks", "top 3 of 6 blocks", ..."""
        ...

    def enter(self, model: nn.Module, epoch: int) -> None:
        """Put `model` in the state for training in `epoch`: gradients, and train or eval mode of each module."""
        ...
