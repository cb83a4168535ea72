"""The feature maps inside a classifier's backbone, found in one forward pass.

No architecture is known here: of what the blocks of the ladder give, the last map at each of the strides that
detectors use is taken, whether its channels come first, last, or its places in a row as tokens.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from inspect import signature
from math import log2
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils._pytree import tree_leaves

from ftcli.contracts import Backbone, Block
from ftcli.errors import ModelError
from ftcli.models.freezing.inference_form import evaluating

STRIDES = (8, 16, 32)
STEP = 32  # sides of images are multiples of this, or of the patch where that does not divide it
MOST_EXTRA = 16  # tokens without a place in the image: class, distillation, registers
ROWS, COLUMNS = 8, 12  # steps of the example image, which is not square so that its axes differ

# Types of transformers whose tokens are not the places of the image, row by row.
UNORDERED = {"hiera": "orders its tokens by windows", "vit_mae": "leaves most of the image out"}

Layout = Literal["first", "last", "tokens"]


class _EnoughError(Exception):
    """Ends a forward pass after the last map."""


@dataclass(frozen=True, slots=True)
class Tap:
    """Where a map comes out: the path of a module, pixels per place, channels, and how they lie."""

    path: str
    stride: int
    channels: int
    layout: Layout


class FeatureMaps:
    """The maps of `backbone` by stride: `maps(pixels)` gives (B, C, H / stride, W / stride) for each.

    What the backbone has beyond its last map, its pooling and classifier, is removed: it would never train. `blocks`
    is the ladder of what is left. Sides of images must be multiples of `step`. Raises `ModelError` for a backbone that
    has no such maps or does not take images that are not square.
    """

    def __init__(self, backbone: Backbone) -> None:
        self._module = backbone.module
        kind = getattr(getattr(self._module, "config", None), "model_type", "")
        if kind in UNORDERED:
            raise ModelError(f"{backbone.source} cannot be the backbone of a detector: it {UNORDERED[kind]}")
        patch = _free_the_size(backbone)
        self.step = STEP if STEP % patch == 0 else patch
        self.taps = self._find(backbone, patch)
        self.blocks = self._trim(backbone)

    def __call__(self, pixels: Tensor) -> OrderedDict[str, Tensor]:
        return self._until_last(self._module, pixels)

    def _until_last(self, run: Callable[[Tensor], Any], pixels: Tensor) -> OrderedDict[str, Tensor]:
        found: dict[str, Tensor] = {}
        height, width = pixels.shape[-2:]

        def keep(path: str, value: Tensor) -> None:
            found[path] = value
            # Nothing may leave a pass that is exported before its end. What follows is then not part of the graph.
            if path == self.taps[-1].path and not torch.compiler.is_exporting():
                raise _EnoughError

        with _watching(self._module, [tap.path for tap in self.taps], keep), suppress(_EnoughError):
            run(pixels)
        grid = [(height // tap.stride, width // tap.stride) for tap in self.taps]
        named = zip(self.taps, grid, strict=True)
        return OrderedDict((str(tap.stride), _as_map(found[tap.path], tap, size)) for tap, size in named)

    def _find(self, backbone: Backbone, patch: int) -> tuple[Tap, ...]:
        pixels = self._example()
        height, width = pixels.shape[-2:]
        strides = (*STRIDES, *([patch] if patch > min(STRIDES) and patch not in STRIDES else []))
        taps: dict[int, Tap] = {}

        def note(path: str, value: Tensor) -> None:
            tap = _read(path, value, height, width, strides)
            if tap is not None:
                taps.pop(tap.stride, None)  # so that the order is that of the pass
                taps[tap.stride] = tap

        try:
            with _shapes_alone(self._module) as run, _watching(self._module, _candidates(backbone), note):
                run(pixels)
        except Exception as error:  # any error of an architecture that was not made for this
            reason = str(error).partition("\n")[0]
            raise ModelError(
                f"{backbone.source} cannot be the backbone of a detector: it does not take images that are not "
                f"square ({reason}). Convolutional networks do, Swin, and Hugging Face's ViT and DINOv2"
            ) from error
        if not taps:
            raise ModelError(
                f"{backbone.source} cannot be the backbone of a detector: none of its blocks gives a map with one "
                "place for every 8, 16 or 32 pixels"
            )
        return tuple(taps.values())

    def _example(self) -> Tensor:
        return torch.empty(1, 3, ROWS * self.step, COLUMNS * self.step, device="meta")

    def _trim(self, backbone: Backbone) -> tuple[Block, ...]:
        """Remove the parts that a pass to the last map does not reach; the blocks that are left."""
        reached: set[nn.Module] = set()
        handles = [
            part.register_forward_pre_hook(lambda part, inputs: reached.add(part))
            for part in self._module.modules()
        ]
        with _shapes_alone(self._module) as run:
            self._until_last(run, self._example())
        for handle in handles:
            handle.remove()
        blocks = []
        for block in backbone.blocks:
            kept = tuple(path for path in block.prefixes if self._kept(path, reached))
            if kept:
                blocks.append(replace(block, prefixes=kept))
        return tuple(blocks)

    def _kept(self, path: str, reached: set[nn.Module]) -> bool:
        part = _part(self._module, path)
        if not isinstance(part, nn.Module) or any(inner in reached for inner in part.modules()):
            return True
        self._module.set_submodule(path, nn.Identity())
        return False


def _free_the_size(backbone: Backbone) -> int:
    """Let position embeddings be interpolated where the network can; the side of its patches, or 1."""
    module: Any = backbone.module
    if "interpolate" in vars(module) and _interpolates(module.net):
        module.interpolate = True
    patch = getattr(getattr(module, "config", None), "patch_size", 1)
    return patch if isinstance(patch, int) else 1


def _interpolates(net: nn.Module) -> bool:
    return "interpolate_pos_encoding" in signature(net.forward).parameters


def _candidates(backbone: Backbone) -> list[str]:
    """The modules of the blocks; a list is never called itself, so its children are."""
    return [
        path
        for block in backbone.blocks
        for prefix in block.prefixes
        for path in _called(backbone.module, prefix)
    ]


def _called(module: nn.Module, path: str) -> Iterator[str]:
    part = _part(module, path)
    if isinstance(part, nn.ModuleList):
        for name, _ in part.named_children():
            yield from _called(module, f"{path}.{name}")
    elif isinstance(part, nn.Module):
        yield path


def _part(module: nn.Module, path: str) -> Any:
    owner, _, name = path.rpartition(".")
    return getattr(module.get_submodule(owner), name)


@contextmanager
def _watching(module: nn.Module, paths: Sequence[str], see: Any) -> Iterator[None]:
    """Call `see(path, output)` whenever a module at `paths` has given a tensor, or a tuple or output that has one."""

    def hook(path: str) -> Any:
        def seen(part: nn.Module, inputs: Any, output: Any) -> None:
            value = next((leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)), None)
            if value is not None:
                see(path, value)

        return seen

    handles = [module.get_submodule(path).register_forward_hook(hook(path)) for path in paths]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _shapes_alone(module: nn.Module) -> Iterator[Callable[[Tensor], Any]]:
    """`module` in evaluation, as a function of pixels without values."""
    named = [*module.named_parameters(), *module.named_buffers()]
    state = {name: value.to("meta") for name, value in named}
    with evaluating(module), torch.no_grad():
        yield lambda pixels: functional_call(module, state, (pixels,))


def _read(path: str, value: Tensor, height: int, width: int, strides: Sequence[int]) -> Tap | None:
    """`value` as a map of an image of `height` x `width`; None if it has none of `strides`."""
    if value.ndim == 3:
        for stride in strides:
            places = (height // stride) * (width // stride)
            if 0 <= value.shape[1] - places <= min(MOST_EXTRA, places):
                return Tap(path, stride, value.shape[2], "tokens")
    if value.ndim != 4:
        return None
    for stride in strides:
        if value.shape[1:3] == (height // stride, width // stride):
            return Tap(path, stride, value.shape[3], "last")
    rows, columns = height / value.shape[2], width / value.shape[3]
    for stride in strides:  # convolutions without padding lose a few places
        if _near(rows, stride) and _near(columns, stride):
            return Tap(path, stride, value.shape[1], "first")
    return None


def _near(ratio: float, stride: int) -> bool:
    return abs(log2(ratio / stride)) < 0.5


def _as_map(value: Tensor, tap: Tap, grid: tuple[int, int]) -> Tensor:
    """(B, C, H, W) of what came out at `tap`; tokens without a place come first, and are left out."""
    if tap.layout == "first":
        return value
    if tap.layout == "tokens":
        value = value[:, value.shape[1] - grid[0] * grid[1] :].reshape(len(value), *grid, -1)
    return value.permute(0, 3, 1, 2)
