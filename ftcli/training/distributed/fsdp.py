"""Ranks that divide the weights of a model among them, as it is too large for each: FSDP2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from ftcli.contracts import Block, changed
from ftcli.training.distributed.ddp import DDPGroup

Item = TypeVar("Item")
Key = TypeVar("Key")


class FSDPGroup(DDPGroup):
    """Processes with a shard each of weights, gradients and the optimizer's state, block by block (FSDP2).

    Each block has all its weights only while it runs. The model is scored by a copy without FSDP2, which has all of
    them for as long: ranks that score different batches cannot wait for each other at each block.
    """

    def __init__(self) -> None:
        super().__init__()
        # On the meta device, but while it scores.
        self._plain: nn.Module | None = None

    def shard_model(self, model: Any, blocks: Sequence[Block]) -> None:
        self._plain = _meta_copy(model)
        # FSDP2 takes no weights with channels last.
        for parameter in model.parameters():
            parameter.data = parameter.data.contiguous()
        device = next(model.parameters()).device
        mesh = init_device_mesh(device.type, (self.size,))
        for part in dict.fromkeys(_units(model, blocks)):
            fully_shard(part, mesh=mesh)
        fully_shard(model, mesh=mesh)
        model.uncut = "training.shard: its frozen blocks are shared among the processes"

    def wrapped(self, model: nn.Module) -> nn.Module:
        return model

    @contextmanager
    def no_sync(self, form: nn.Module) -> Iterator[None]:
        assert isinstance(form, FSDPModule)
        form.set_requires_gradient_sync(False)
        try:
            yield
        finally:
            form.set_requires_gradient_sync(True)

    def unshard(self, state: Item) -> Item:
        found: Item = changed(state, lambda value: _full(value).cpu())
        return found

    def shard(self, state: Mapping[Key, Tensor], like: Mapping[Key, Tensor]) -> Mapping[Key, Tensor]:
        return {
            name: _sharded_as(like[name], value) if name in like else value for name, value in state.items()
        }

    @contextmanager
    def unsharded(self, model: nn.Module) -> Iterator[nn.Module]:
        assert self._plain is not None
        state = {name: _full(value.detach()) for name, value in model.state_dict().items()}
        self._plain.load_state_dict(state, assign=True)
        # Also the buffers that are not in the state.
        for name, buffer in model.named_buffers():
            place, _, own = name.rpartition(".")
            self._plain.get_submodule(place)._buffers[own] = buffer
        try:
            yield self._plain
        finally:
            self._plain.to("meta")


def _meta_copy(model: nn.Module) -> nn.Module:
    """A copy of the model on the meta device, made without a copy of its weights."""
    tensors = (*model.parameters(), *model.buffers())
    copied: nn.Module = deepcopy(model, {id(value): _on_meta(value) for value in tensors})
    return copied


def _on_meta(value: Tensor) -> Tensor:
    empty = value.detach().to("meta")
    return nn.Parameter(empty, requires_grad=False) if isinstance(value, nn.Parameter) else empty


def _units(model: nn.Module, blocks: Sequence[Block]) -> Iterator[nn.Module]:
    """The modules whose weights are unsharded together: those of the blocks, then the backbone around them.

    A module with a weight that another one shares is left to the module around both.
    """
    names = dict(model.named_modules())
    uses = Counter(id(value) for _, value in model.named_parameters(remove_duplicate=False))
    for block in blocks:
        for prefix in block.prefixes:
            for part in _callable(names[prefix]) if prefix in names else ():
                parameters = list(part.parameters())
                if parameters and all(uses[id(value)] == 1 for value in parameters):
                    yield part
    yield model.get_submodule("backbone")


def _callable(module: nn.Module) -> Iterator[nn.Module]:
    """The module itself; the modules in it if it is a list or dict, which has no forward."""
    if isinstance(module, nn.ModuleList | nn.ModuleDict):
        for child in module.children():
            yield from _callable(child)
    else:
        yield module


def _sharded_as(reference: Tensor, value: Tensor) -> Tensor:
    if not isinstance(reference, DTensor) or reference.shape != value.shape:
        return value
    mesh, placements = reference.device_mesh, reference.placements
    return distribute_tensor(value.to(reference.device), mesh, placements, src_data_rank=None)


def _full(value: Tensor) -> Tensor:
    return value.full_tensor() if isinstance(value, DTensor) else value
