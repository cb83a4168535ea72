"""torch.export of a part of a network."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.export import Dim, ExportedProgram
from torch.fx.experimental import _config as sizes
from torch.nn.attention import SDPBackend, sdpa_kernel

from ftcli.errors import ExportError
from ftcli.ship.graphs.graph import Part


def traced(part: Part) -> ExportedProgram:
    """The part as a program. Where it cannot be traced as it is, attention is computed step by step.

    Raises `ExportError` with the first line of what PyTorch says: the operator, or the line of the network's code.
    """
    errors = []
    for way in (_as_it_is, _eager_attention):
        try:
            return way(part)
        except Exception as error:  # PyTorch raises many kinds
            errors.append(error)
    first = " ".join(str(errors[0]).split()) or type(errors[0]).__name__
    raise ExportError(f"{part.name}: torch.export cannot trace it: {first[:400]}") from errors[0]


def _as_it_is(part: Part) -> ExportedProgram:
    shapes = {name: dict.fromkeys(part.dynamic.get(name, {}), Dim.DYNAMIC) for name in part.inputs}
    named = _with_names(evaluated(part.module), list(part.inputs))
    with _any_size(), torch.no_grad(), warnings.catch_warnings(), named:
        warnings.simplefilter("ignore")
        program = torch.export.export(
            part.module, args=(), kwargs=dict(part.inputs), dynamic_shapes=shapes, strict=False
        )
    return _without_assertions(program)


def _any_size() -> Any:
    """For this while sizes of 1 are not told apart from others."""
    settings: Any = sizes
    return settings.patch(backed_size_oblivious=True)


def _without_assertions(program: ExportedProgram) -> ExportedProgram:
    """The program without what it asserts of numbers of values, such as that nms keeps two boxes or more."""
    graph = program.graph_module.graph
    for node in [*graph.nodes]:
        if node.target is torch.ops.aten._assert_scalar.default:
            graph.erase_node(node)
    graph.eliminate_dead_code()
    program.graph_module.recompile()
    return program


@contextmanager
def _with_names(module: nn.Module, names: Sequence[str]) -> Iterator[None]:
    """For this while a module's `forward(**inputs)` has a parameter for each input, which guards of a program name."""
    forward = module.forward

    def named(*values: Any, **others: Any) -> Any:
        return forward(**dict(zip(names, values, strict=False)), **others)

    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    named.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    module.forward = named
    try:
        yield
    finally:
        del module.forward


def _eager_attention(part: Part) -> ExportedProgram:
    """With transformers' own attention, and that of PyTorch as matrix products."""
    for module in part.module.modules():
        change: Callable[[str], None] | None = getattr(module, "set_attn_implementation", None)
        if change is not None:
            change("eager")
    with sdpa_kernel(SDPBackend.MATH):
        return _as_it_is(part)


def evaluated(module: nn.Module) -> nn.Module:
    """The network in eval mode, in which it is traced."""
    return module.eval()
