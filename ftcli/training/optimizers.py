"""Optimizers, and the parameter groups that give each block its learning rate.

A class is one name of the `optimizer` key; its fields are the options of that name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ftcli.config.keys import key
from ftcli.contracts import Block, block_by_name
from ftcli.errors import ConfigError, Mistake
from ftcli.training.distributed.group import Group

# Devices for which PyTorch has fused optimizers.
FUSED = ("cpu", "cuda")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What every optimizer takes.

    The head (the last block) learns at `lr`, the topmost block of the backbone at `backbone_lr` (`lr` if left out),
    and each block below at `lr_decay` times the rate of the one above it.
    """

    lr: float | Literal["find"] = key(
        "Learning rate of the head, and of all blocks if there is no other; find: the usual one of the network, "
        "corrected by a sweep over rates",
        1e-3,
        exclusive_minimum=0.0,
    )
    backbone_lr: float | None = key(
        "Learning rate of the topmost block of the backbone", exclusive_minimum=0.0
    )
    lr_decay: float = key("Factor from each block to the one below", 1.0, exclusive_minimum=0.0, maximum=1.0)
    weight_decay: float = key("How strongly weights are drawn to 0", 0.0, minimum=0.0)
    decay_norms: bool = key("Whether norms and biases are decayed too", True)

    def rate(self, height: int) -> float:
        """The learning rate of the block `height` blocks below the head (the head is 0)."""
        assert not isinstance(self.lr, str), (
            "a rate that is to be found is left out, or found, before an optimizer is made"
        )
        if height == 0:
            return self.lr
        top = self.lr if self.backbone_lr is None else self.backbone_lr
        return float(top * self.lr_decay ** (height - 1))

    def build(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """The PyTorch optimizer over `groups`, fused where PyTorch can; it loads state that was saved on any device."""
        optimizer = self._make(groups, fused=_fusible(groups))
        optimizer.register_load_state_dict_pre_hook(_fused_as_here)
        optimizer.register_load_state_dict_post_hook(_laid_out_as_here)
        return optimizer

    def _make(self, groups: list[dict[str, Any]], *, fused: bool) -> torch.optim.Optimizer:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class SGD(Rates):
    """Stochastic gradient descent with momentum."""

    momentum: float = key("Share of the last step in the next", 0.9, minimum=0.0, maximum=1.0)
    nesterov: bool = key("Look ahead by the momentum (needs momentum above 0)", False)

    def __post_init__(self) -> None:
        if self.nesterov and not self.momentum:
            raise ConfigError(
                [Mistake("", "optimizer.nesterov", "needs a momentum above 0, such as momentum: 0.9")]
            )

    def _make(self, groups: list[dict[str, Any]], *, fused: bool) -> torch.optim.Optimizer:
        optimizer = torch.optim.SGD(
            groups, lr=self.rate(0), momentum=self.momentum, nesterov=self.nesterov, fused=fused
        )
        if self.momentum:
            optimizer.register_step_pre_hook(_at_rest)
        return optimizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Adam(Rates):
    """Adam (Kingma and Ba, 2015); its weight decay is an L2 penalty in the gradient."""

    beta1: float = key("Decay of the mean of gradients", 0.9, minimum=0.0, maximum=0.9999)
    beta2: float = key("Decay of the mean of squared gradients", 0.999, minimum=0.0, maximum=0.999999)
    eps: float = key("Added to the denominator", 1e-8, exclusive_minimum=0.0)

    def _make(self, groups: list[dict[str, Any]], *, fused: bool) -> torch.optim.Optimizer:
        betas = (self.beta1, self.beta2)
        return torch.optim.Adam(groups, lr=self.rate(0), betas=betas, eps=self.eps, fused=fused)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019), norms and biases not decayed."""

    weight_decay: float = key("How strongly weights are drawn to 0", 0.01, minimum=0.0)
    decay_norms: bool = key("Whether norms and biases are decayed too", False)

    def _make(self, groups: list[dict[str, Any]], *, fused: bool) -> torch.optim.Optimizer:
        betas = (self.beta1, self.beta2)
        return torch.optim.AdamW(groups, lr=self.rate(0), betas=betas, eps=self.eps, fused=fused)


def _fusible(groups: list[dict[str, Any]]) -> bool:
    """Whether the step can be fused: PyTorch has the kernel for the device of all parameters, and none is sharded
    (there is no fused SGD for `DTensor`).
    """
    parameters = [parameter for group in groups for parameter in group["params"]]
    return all(
        p.device.type in FUSED and p.is_floating_point() and type(p.data) is Tensor for p in parameters
    )


def _at_rest(optimizer: torch.optim.Optimizer, *_: Any) -> None:
    """Start momentum at 0: fused SGD would keep uninitialised memory if fp16 skips the first step."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None and "momentum_buffer" not in optimizer.state[parameter]:
                optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)


def _fused_as_here(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> dict[str, Any]:
    """Saved state with `fused` as it is here: it depends on the device, not on the run."""
    fused = optimizer.defaults["fused"]
    return state | {"param_groups": [group | {"fused": fused} for group in state["param_groups"]]}


def _laid_out_as_here(optimizer: torch.optim.Optimizer) -> None:
    """Give loaded state the memory layout of its parameters: files hold it contiguous, and fused kernels read both in
    the order of memory, so with channels-last weights they would pair the wrong elements.
    """
    for parameter, values in optimizer.state.items():
        for name, value in values.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                values[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value).detach()


def parameter_groups(
    model: nn.Module, blocks: Sequence[Block], rates: Rates, trained: Collection[str]
) -> list[dict[str, Any]]:
    """Parameter groups for `trained`, the names of all parameters that train in any epoch.

    Each group has `params`, `lr`, `weight_decay`, and `base_lr`, which the schedule multiplies; its `name` is
    that of its block. Parameters keep the model's order, so that saved optimizer state fits again.
    """
    norms, placed = _undecayed(model), block_by_name(trained, blocks)
    groups: dict[tuple[str, bool], dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        if name not in trained:
            continue
        block = placed[name]
        decayed = rates.decay_norms or name not in norms
        group = groups.setdefault((block.name, decayed), {"params": [], "name": block.name})
        if not group["params"]:
            group["lr"] = group["base_lr"] = rates.rate(len(blocks) - 1 - blocks.index(block))
            group["weight_decay"] = rates.weight_decay if decayed else 0.0
        group["params"].append(parameter)
    return list(groups.values())


def _undecayed(model: nn.Module) -> set[str]:
    """Biases and the parameters of norms: everything with fewer than two dimensions."""
    return {name for name, parameter in model.named_parameters() if parameter.ndim < 2}


def shard_state(state: Mapping[str, Any], optimizer: torch.optim.Optimizer, group: Group) -> dict[str, Any]:
    """A saved `state` of the optimizer with each tensor sharded as the parameter that it belongs to."""
    parameters = [value for rates in optimizer.param_groups for value in rates["params"]]
    parts = {
        index: group.shard(values, dict.fromkeys(values, parameters[index]))
        for index, values in state["state"].items()
    }
    return {**state, "state": parts}
