"""A copy of a network in which a part has meta tensors for weights, and so computes shapes only.

The rest then runs as in the whole network, whatever the architecture does between its blocks, and the part that is left
out takes neither memory nor time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

_PLACE = "layer_idx"  # Hugging Face's name for the index of a layer
_NO_SETTINGS = {*vars(nn.Module()), _PLACE}
# By what decides them: the outputs, `_Given` for those that are arguments, and their structure.
_Known = dict[Any, tuple[list[Any], Any]]


class CutError(Exception):
    """The network cannot be cut there; the message is a sentence with the reason."""


class NoMetaInValues(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Raise `CutError` if an operation turns a meta tensor into a real one, whose values would be uninitialised."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        outputs = func(*args, **(kwargs or {}))
        if any(map(is_shape, tree_leaves((args, kwargs)))) and any(map(_is_value, tree_leaves(outputs))):
            raise CutError("what is left out below it is used above it")
        return outputs


def is_shape(value: Any) -> bool:
    """Whether it is a tensor without values."""
    return isinstance(value, Tensor) and value.is_meta


def _is_value(value: Any) -> bool:
    return isinstance(value, Tensor) and not value.is_meta


def meta_copy(
    module: nn.Module,
    shared: Sequence[nn.Module | Tensor],
    left_out: Sequence[nn.Module | Tensor],
    *,
    wrap: bool,
) -> tuple[nn.Module, list[tuple[nn.Module, nn.Module]]]:
    """A copy that shares `shared` and has meta tensors for `left_out`.

    Also gives its other modules, each with its original.
    """
    memo: dict[int, Any] = {id(part): part for part in shared}
    kept = {id(value) for part in shared for value in _tensors(part)}
    for value in (value for part in left_out for value in _tensors(part)):
        if id(value) not in kept:
            shape = torch.empty_like(value, device="meta")
            frozen = isinstance(value, nn.Parameter)
            memo[id(value)] = nn.Parameter(shape, requires_grad=False) if frozen else shape
    own = {
        id(part) for root in (*shared, *left_out) if isinstance(root, nn.Module) for part in root.modules()
    }
    names = {name: part for name, part in module.named_modules() if id(part) not in own}
    roots = [part for part in left_out if isinstance(part, nn.Module)]
    copy = deepcopy(module, memo)
    known: dict[Any, _Known] = {}
    for part in (memo[id(root)] for root in roots):
        part.eval()
        if wrap:
            _run_on_shapes(part, known)
    return copy, [(copy.get_submodule(name), original) for name, original in names.items()]


def _tensors(part: nn.Module | Tensor) -> list[Tensor]:
    return [part] if isinstance(part, Tensor) else [value for _, value in all_state(part)]


def _run_on_shapes(part: nn.Module, shared: dict[Any, _Known]) -> None:
    """Let `part` compute shapes only; arguments that it passes on unchanged stay real.

    It does so once for each shape that it is given, and once for all layers of the same build: a transformer's layer
    takes 12 ms for that on a CPU, and each length of text is another shape.
    """
    if isinstance(part, nn.ModuleList):
        for child in part:
            _run_on_shapes(child, shared)
        return
    known, forward = shared.setdefault(_build(part), {}), part.forward

    def shapes(*args: Any, **options: Any) -> Any:
        given, structure = tree_flatten((args, options))
        first = {id(value): index for index, value in reversed([*enumerate(given)])}
        same = tuple(first[id(value)] for value in given if isinstance(value, Tensor))
        what = (structure, same, *map(_shape_of, given))
        if _UNKNOWN in what:
            return _handed_on(*_outputs_on_shapes(forward, given, structure), given)
        if what not in known:
            known[what] = _outputs_on_shapes(forward, given, structure)
        return _handed_on(*known[what], given)

    part.forward = shapes


def _build(part: nn.Module) -> Any:
    """A key for the shapes that it computes: the same for layers that differ only in weights and index."""
    modules = tuple((name, type(module), _settings(module)) for name, module in part.named_modules())
    return modules, tuple((name, value.shape, value.dtype) for name, value in all_state(part))


def _settings(module: nn.Module) -> Any:
    """The attributes that are its own; those that are not plain are compared by identity."""
    own = (item for item in vars(module).items() if item[0] not in _NO_SETTINGS)
    return tuple((name, repr(value) if _is_plain(value) else id(value)) for name, value in own)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, str | int | float | None)


@dataclass(frozen=True, slots=True)
class _Given:
    """In the place of an output that is one of the arguments."""

    index: int


_UNKNOWN = object()  # an argument that is compared by more than its value


def _shape_of(value: Any) -> Any:
    if isinstance(value, Tensor):
        return tuple(value.shape), value.dtype
    return (type(value), value) if _is_plain(value) else _UNKNOWN


def _outputs_on_shapes(forward: Any, given: Sequence[Any], structure: Any) -> tuple[list[Any], Any]:
    lowered = [value.to("meta") if isinstance(value, Tensor) else value for value in given]
    places = {id(value): index for index, value in enumerate(lowered) if isinstance(value, Tensor)}
    args, options = tree_unflatten(lowered, structure)
    outputs, shape = tree_flatten(forward(*args, **options))
    return [_Given(places[id(value)]) if id(value) in places else value for value in outputs], shape


def _handed_on(outputs: Sequence[Any], structure: Any, given: Sequence[Any]) -> Any:
    return tree_unflatten([given[o.index] if isinstance(o, _Given) else o for o in outputs], structure)


def all_state(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Parameters and buffers by all their names."""
    yield from module.named_parameters(remove_duplicate=False)
    yield from module.named_buffers(remove_duplicate=False)
