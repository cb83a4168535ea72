"""The form in which frozen layers run: no gradients, eval mode, batch norms folded into convolutions, channels last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval

RTOL, ATOL = 1e-3, 1e-4  # the latter of the largest value
NEAR = 0.1  # the most that features in a shorter dtype may differ from the exact ones, by their norms

Run = Callable[[nn.Module, Mapping[str, Tensor]], Tensor]
Pair = tuple[str, str]


def call(net: nn.Module, inputs: Mapping[str, Tensor]) -> Tensor:
    """The output of `net`, the main one where there are several."""
    output: Any = net(**inputs)
    main: Tensor = output[0] if isinstance(output, tuple) else output
    return main


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Eval mode, and each module's own mode again afterwards."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def inference_form(
    module: nn.Module,
    sample: Mapping[str, Tensor],
    dtype: torch.dtype = torch.float32,
    *,
    above: Collection[nn.Module] = (),
    run: Run = call,
) -> tuple[nn.Module, torch.dtype]:
    """A copy of `module` for inference, which shares the weights that stay as they are; and the dtype it runs in.

    `run` gives the features of a network; modules in `above` never run in it and are shared. A batch norm whose input
    is the output of a convolution is folded into it, unless the features of `sample` come out different. A network
    that does not run in `dtype`, or is far from itself in it, keeps its own.
    """
    plain = _eval(_shared_copy(module, above), above)
    own = next((p.dtype for p in module.parameters() if p.is_floating_point()), dtype)
    with torch.no_grad():
        expected = run(plain, sample)
        form = _folded(module, plain, sample, expected, above, run)
        if dtype != own:
            cast = _cast(_shared_copy(form, above), dtype, above)
            if _runs_near(cast, prepared(sample, dtype), expected, run):
                return cast, dtype
    return form, own


def _runs_near(net: nn.Module, inputs: Mapping[str, Tensor], expected: Tensor, run: Run) -> bool:
    try:
        difference = run(net, inputs).float() - expected.float()
    except RuntimeError:  # an operation that does not take this dtype, or two of them
        return False
    return float(difference.norm()) <= NEAR * float(expected.float().norm())


def prepared(inputs: Mapping[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """The inputs for an inference form of `dtype`: floats of that type, images channels last."""
    ready = {}
    for name, value in inputs.items():
        cast = value.to(dtype) if value.is_floating_point() else value
        ready[name] = cast.contiguous(memory_format=torch.channels_last) if cast.ndim == 4 else cast
    return ready


def close(ours: Tensor, theirs: Tensor) -> bool:
    """Whether two results are the same except for rounding."""
    if ours.shape != theirs.shape or ours.device != theirs.device:
        return False
    scale = float(theirs.detach().abs().max()) if theirs.numel() else 0.0
    return torch.allclose(ours.float(), theirs.float(), rtol=RTOL, atol=ATOL * max(scale, 1e-6))


def _shared_copy(module: nn.Module, above: Collection[nn.Module]) -> nn.Module:
    memo: dict[int, Any] = {id(part): part for part in above}
    memo |= {id(value): value for value in chain(module.parameters(), module.buffers())}
    return deepcopy(module, memo)


def _eval(net: nn.Module, above: Collection[nn.Module]) -> nn.Module:
    for part in _below(net, above):
        part.training = False
    return net


def _below(net: nn.Module, above: Collection[nn.Module]) -> list[nn.Module]:
    upper = {id(part) for module in above for part in module.modules()}
    return [part for part in net.modules() if id(part) not in upper]


def _folded(
    module: nn.Module,
    plain: nn.Module,
    sample: Mapping[str, Tensor],
    expected: Tensor,
    above: Collection[nn.Module],
    run: Run,
) -> nn.Module:
    """`plain` with its batch norms folded, or itself where none can be."""
    pairs = _pairs(plain, sample, above, run)
    if not pairs:
        return plain
    form = _eval(_shared_copy(module, above), above)
    for convolution, norm in pairs:
        first, second = form.get_submodule(convolution), form.get_submodule(norm)
        assert isinstance(first, nn.Conv2d)
        assert isinstance(second, _BatchNorm)
        fused = fuse_conv_bn_eval(first, second)
        for parameter in fused.parameters():
            parameter.requires_grad_(False)
        form.set_submodule(convolution, fused.to(memory_format=torch.channels_last))
        form.set_submodule(norm, nn.Identity())
    return form if close(run(form, sample), expected) else plain


def _pairs(
    net: nn.Module, sample: Mapping[str, Tensor], above: Collection[nn.Module], run: Run
) -> list[Pair]:
    """Convolutions and the batch norms that take their output, each called once, as observed on `sample`."""
    names = {id(part): name for name, part in net.named_modules()}
    calls: dict[str, int] = {}
    # Holds the tensors, so that no id is reused.
    made: dict[int, tuple[str, Tensor]] = {}
    pairs: list[Pair] = []

    def after(part: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        name = names[id(part)]
        calls[name] = calls.get(name, 0) + 1
        if isinstance(part, nn.Conv2d):
            made[id(output)] = (name, output)
        elif args and id(args[0]) in made:
            pairs.append((made[id(args[0])][0], name))

    kinds = (nn.Conv2d, nn.BatchNorm2d)
    handles = [part.register_forward_hook(after) for part in _below(net, above) if type(part) in kinds]
    try:
        run(net, sample)
    finally:
        for handle in handles:
            handle.remove()
    return [pair for pair in pairs if all(calls[name] == 1 for name in pair)]


def _cast(form: nn.Module, dtype: torch.dtype, above: Collection[nn.Module]) -> nn.Module:
    """Parameters below the cut in `dtype`; batch norms compute in float32 for any input."""
    # Holds the old parameters, so that no id is reused.
    cast: dict[int, tuple[Tensor, nn.Parameter]] = {}
    upper = {id(value) for module in above for value in module.parameters()}
    for part in _below(form, above):
        if isinstance(part, _BatchNorm):
            continue
        for name, value in part._parameters.items():
            if value is not None and value.is_floating_point() and id(value) not in upper:
                fresh = nn.Parameter(value.detach().to(dtype), requires_grad=False)
                part._parameters[name] = cast.setdefault(id(value), (value, fresh))[1]
    return form
