"""A backbone in two parts, so that the outputs of the frozen blocks are computed once for each example.

No architecture is known here: the boundary is found by watching a forward pass, and both parts together are compared
with the whole when the cut is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from ftcli.contracts import Block, Form, block_by_name
from ftcli.models.freezing.inference_form import call, close, evaluating, inference_form, prepared
from ftcli.models.freezing.meta_copy import CutError, NoMetaInValues, all_state, is_shape, meta_copy

# Of a text network's lowest blocks: the embeddings, and a layer whose position bias the others share.
MOST_KEPT = 2

Place = int | str  # of an argument: its position or its keyword


class _ReachedError(Exception):
    """Ends a forward pass at the boundary."""


class Cut:
    """A backbone cut below its first block that trains: `begin` computes the features at the cut, `finish` the rest.

    `depth` is the number of blocks below the cut, `form` that of the module's features. `needs_inputs`: `finish`, or
    the user of its outputs, needs the batch's inputs as well, for masks and positions. `per_token`: the features are
    (B, T, W). `values`: numbers in the features of an example or token; 0 above the whole backbone. The weights above
    the cut are those of the module, so that it trains through `finish`; make the cut after the module is on its device.
    Dropout of the network itself below the cut is off, as in frozen blocks. Raises `CutError`.
    """

    def __init__(
        self,
        module: nn.Module,
        blocks: Sequence[Block],
        depth: int,
        sample: Mapping[str, Tensor],
        *,
        dtype: torch.dtype = torch.float32,
        form: Form = "vector",
    ) -> None:
        if not 0 < depth <= len(blocks):
            raise CutError(f"A cut needs 1 to {len(blocks)} frozen blocks, not {depth}.")
        self.depth = depth
        self.dtype = dtype
        self._module, self._frozen = module, tuple(blocks[:depth])
        self._whole = depth == len(blocks)
        self._text = "input_ids" in sample
        self.per_token = self._whole and form == "tokens"
        # Above the whole backbone only token features need the inputs, for the words of the tokens.
        self.needs_inputs = self.per_token or (self._text and not self._whole)
        self._batch_dim = 0
        self.values = 0
        self._above: Sequence[nn.Module] = ()
        self._form: tuple[nn.Module, torch.dtype] | None = None
        self._sample = dict(sample)
        try:
            with evaluating(module):
                self._make(module, blocks, sample)
        except CutError:
            raise
        except Exception as error:  # any error of an architecture that was not made for this
            raise CutError(f"The network cannot be cut after {depth} blocks: {_reason(error)}") from error

    def begin(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """The features at the cut (B, ...), in inference form, contiguous; the same within autocast and without it."""
        device = next(iter(inputs.values())).device.type
        with torch.no_grad(), torch.autocast(device, enabled=False):
            if self._form is None:
                whole = (self._module, self._sample, self.dtype)
                self._form = inference_form(*whole, above=self._above, run=self._begin)
            net, dtype = self._form
            features = self._begin(net, prepared(inputs, dtype)).to(self.dtype)
        return features.transpose(0, self._batch_dim).contiguous()

    def own_bytes(self) -> int:
        """Bytes of the inference form that the module does not share; 0 before `begin` has made it."""
        shared = {id(value) for _, value in all_state(self._module)}
        made = {} if self._form is None else {id(value): value for _, value in all_state(self._form[0])}
        return sum(value.nbytes for key, value in made.items() if key not in shared)

    def finish(self, features: Tensor, inputs: Mapping[str, Tensor] | None = None) -> Any:
        """The module's outputs for the inputs that `features` were made from; `inputs` where `needs_inputs`."""
        if self._whole:
            return features.to(self._original)
        if features.ndim == 4:
            features = features.contiguous(memory_format=torch.channels_last)
        for copy, original in self._followers:
            copy.training = original.training
        return self._finish(features, inputs or {})

    def fingerprint(self) -> str:
        """A hash of all that decides the features: weights and buffers below the cut, structure, precision."""
        digest = hashlib.blake2b(digest_size=16)
        plain = {
            name: value
            for name, value in vars(self._module).items()
            if isinstance(value, str | int | float | tuple) and name != "training"
        }
        # The names of classes and attributes are part of it: a renamed one makes cached features useless.
        config = getattr(self._module, "config", None)
        facts = (type(self._module).__qualname__, self._module, config, plain, self.depth, self.dtype)
        digest.update(repr((*facts, torch.__version__)).encode())
        frozen = block_by_name((name for name, _ in all_state(self._module)), self._frozen)
        for name, value in all_state(self._module):
            if name in frozen:
                digest.update(repr((name, tuple(value.shape), value.dtype)).encode())
                flat = value.detach().cpu().contiguous().reshape(-1)
                digest.update(flat.view(torch.uint8).numpy().data)
        return digest.hexdigest()

    def _make(self, module: nn.Module, blocks: Sequence[Block], sample: Mapping[str, Tensor]) -> None:
        if self._whole:
            # Nothing can go wrong, and the inference form is made only where there are no cached features.
            self._original = next(module.parameters()).dtype
            return
        upper = [part for block in blocks[self.depth :] for part in _parts(module, block)]
        self._above = [part for part in upper if isinstance(part, nn.Module)]
        self._boundary, self._place = _find_boundary(module, self._above, sample)
        with torch.no_grad():
            features = self._begin(module, sample)
        self._original = features.dtype
        self._find_batch(features, sample)
        features = features.transpose(0, self._batch_dim)
        self.per_token = self._text and features.ndim == 3
        self.values = features[0, 0].numel() if self.per_token else features[0].numel()
        self._make_upper(module, blocks, upper, sample, features)

    def _find_batch(self, features: Tensor, sample: Mapping[str, Tensor]) -> None:
        """XLNet has the batch in the second dimension."""
        size = len(next(iter(sample.values())))
        if features.shape[0] != size:
            if features.ndim < 2 or features.shape[1] != size:
                raise CutError("What passes the cut is not one array for each example.")
            self._batch_dim = 1

    def _begin(self, net: nn.Module, inputs: Mapping[str, Tensor]) -> Tensor:
        if self._whole:
            return call(net, inputs)
        reached: list[Tensor] = []

        def stop(_: nn.Module, args: tuple[Any, ...], options: dict[str, Any]) -> None:
            reached.append(_at(self._place, args, options))
            raise _ReachedError

        handle = self._boundary.register_forward_pre_hook(stop, with_kwargs=True)
        try:
            net(**inputs)
        except _ReachedError:
            return reached[0]
        finally:
            handle.remove()
        raise CutError("The first block above the cut does not run.")

    def _finish(self, features: Tensor, inputs: Mapping[str, Tensor]) -> Any:
        stored = features.to(self._original).transpose(0, self._batch_dim)
        waiting = [stored]

        def replace(_: nn.Module, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
            if not waiting:
                return None
            value = waiting.pop()
            if isinstance(self._place, str):
                return args, options | {self._place: value}
            return (*args[: self._place], value, *args[self._place + 1 :]), options

        if not self._text:
            inputs = {
                name: value.new_empty(len(features), *value.shape[1:], device="meta")
                for name, value in self._sample.items()
            }
        handle = self._boundary.register_forward_pre_hook(replace, with_kwargs=True, prepend=True)
        try:
            return self._upper(**inputs)
        finally:
            handle.remove()

    def _make_upper(
        self,
        module: nn.Module,
        blocks: Sequence[Block],
        upper: Sequence[nn.Module | Tensor],
        sample: Mapping[str, Tensor],
        features: Tensor,
    ) -> None:
        """Take the first number of kept blocks with which both parts give what the whole gives."""
        reason = "no frozen block could be left out"
        for keep in range(min(MOST_KEPT + 1, self.depth)) if self._text else (0,):
            kept = [part for block in blocks[:keep] for part in _parts(module, block)]
            left_out = [part for block in blocks[keep : self.depth] for part in _parts(module, block)]
            self._upper, self._followers = meta_copy(module, [*kept, *upper], left_out, wrap=self._text)
            try:
                self._verify(module, blocks, sample, features)
                return
            except Exception as error:  # as above
                reason = _reason(error)
        raise CutError(f"The network cannot be cut after {self.depth} blocks: {reason}")

    def _verify(
        self, module: nn.Module, blocks: Sequence[Block], sample: Mapping[str, Tensor], features: Tensor
    ) -> None:
        parameters = dict(module.named_parameters())
        upper = [parameters[name] for name in block_by_name(parameters, blocks[self.depth :])]
        with _training_only(module, upper):
            whole = call(module, sample)
            used = _used(whole, upper)
            with NoMetaInValues():  # type: ignore[no-untyped-call]
                ours: Any = self.finish(features, sample)
            ours = ours[0] if isinstance(ours, tuple) else ours
            if not close(ours, whole):
                raise CutError("its parts give other outputs than the whole")
            if _used(ours, upper) != used:
                raise CutError("weights above the cut are used below it")
        for copy, _ in self._followers:  # networks that give more in training; blocks stay in eval mode
            copy.training = True
        with torch.no_grad(), torch.random.fork_rng(devices=[]), NoMetaInValues():  # type: ignore[no-untyped-call]
            outputs = tree_leaves(self._finish(features, sample))
        if any(map(is_shape, outputs)):
            raise CutError("an auxiliary output branches off below it")


def frozen_depth(blocks: Sequence[Block], trainable: Collection[str]) -> int:
    """How many of the first blocks hold none of the `trainable` parameters."""
    training = set(block_by_name(trainable, blocks).values())
    return next((depth for depth, block in enumerate(blocks) if block in training), len(blocks))


def _parts(module: nn.Module, block: Block) -> list[nn.Module | Tensor]:
    """The modules, parameters and buffers at the block's prefixes."""
    modules = dict(module.named_modules(remove_duplicate=False))
    state = dict(all_state(module))
    return [modules[prefix] if prefix in modules else state[prefix] for prefix in block.prefixes]


def _find_boundary(
    module: nn.Module, above: Sequence[nn.Module], sample: Mapping[str, Tensor]
) -> tuple[nn.Module, Place]:
    """The first module above the cut that runs, and where it takes its first tensor."""
    found: list[tuple[nn.Module, Place]] = []

    def enter(part: nn.Module, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        places: list[tuple[Place, Any]] = [*enumerate(args), *options.items()]
        place = next((place for place, value in places if isinstance(value, Tensor)), None)
        if place is None:
            raise CutError("The first block above the cut takes no array.")
        found.append((part, place))
        raise _ReachedError

    parts = {id(part): part for module in above for part in module.modules()}
    handles = [part.register_forward_pre_hook(enter, with_kwargs=True) for part in parts.values()]
    try:
        with torch.no_grad():
            module(**sample)
    except _ReachedError:
        return found[0]
    finally:
        for handle in handles:
            handle.remove()
    raise CutError("No block above the cut runs.")


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _at(place: Place, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    return options[place] if isinstance(place, str) else args[place]


def _used(output: Tensor, parameters: Sequence[nn.Parameter]) -> list[bool]:
    """Which of the parameters have a gradient."""
    if not parameters:
        return []
    grads = torch.autograd.grad(output.float().square().sum(), parameters, allow_unused=True)
    return [grad is not None for grad in grads]


@contextmanager
def _training_only(module: nn.Module, parameters: Sequence[nn.Parameter]) -> Iterator[None]:
    """Gradients for `parameters` alone, and each parameter's own flag again afterwards."""
    flags = [(value, value.requires_grad) for value in module.parameters()]
    try:
        with torch.enable_grad():
            module.requires_grad_(False)
            for value in parameters:
                value.requires_grad_(True)
            yield
    finally:
        for value, flag in flags:
            value.requires_grad_(flag)
