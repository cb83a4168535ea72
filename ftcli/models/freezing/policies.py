"""Freezing policies: which parameters train in an epoch.

Frozen means parameters and buffers alike: a module none of whose parameters train is in eval mode, so that its norms
keep their statistics and its dropout is off. The head always trains.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ftcli.contracts import Block, block_by_name
from ftcli.errors import ModelError, did_you_mean, listing

NormStatistics = Literal["update", "keep"]
PREFIX = "backbone.net."  # optional in patterns


class NoFreeze:
    """Every parameter trains in every epoch. Base of the policies: they override `trainable`.

    With `norm_statistics: keep` batch norms that train their weights still normalise by the statistics that they were
    pre-trained with: the statistics of a few hundred examples are poor, and distort the pre-trained features.
    """

    def __init__(self, norm_statistics: NormStatistics = "update") -> None:
        self.norm_statistics = norm_statistics

    @property
    def extendable(self) -> bool:
        """Whether the phases and the set of parameters that train at any time stay the same with more epochs."""
        return True

    def prepare(self, model: nn.Module, blocks: Sequence[Block], epochs: int) -> None:
        """Learn the parameter names; `blocks` is the ladder of the whole model, head last."""
        self.names = tuple(name for name, _ in model.named_parameters())
        self.blocks = tuple(blocks)
        self._block_by_name = block_by_name(self.names, self.blocks)
        self.epochs = epochs
        # Of many epochs the same is asked again and again.
        self._held = dict[tuple[Block, ...], frozenset[str]]()
        self._words = dict[frozenset[str], str]()
        self.check()
        if idle := [epoch + 1 for epoch in range(epochs) if not self.trainable(epoch)]:
            raise ModelError(
                f"freeze: nothing trains in epoch {idle[0]}, as this network has no new head beside its frozen blocks"
            )

    def check(self) -> None:
        """Raise `ModelError` for options that do not fit the model or the number of epochs."""

    def phases(self) -> tuple[int, ...]:
        """One phase, from the first epoch."""
        return (0,)

    def trainable(self, epoch: int) -> frozenset[str]:
        """The names of the parameters that train in `epoch`."""
        return self.held_by(self.blocks)

    def what_trains(self, epoch: int) -> str:
        """The same in words: "head", "all blocks", "top 3 of 6 blocks" (and the head above them), ..."""
        trains = self.trainable(epoch)
        if trains not in self._words:
            self._words[trains] = in_words(trains, [self.held_by([block]) for block in self.blocks])
        return self._words[trains]

    def held_by(self, blocks: Sequence[Block]) -> frozenset[str]:
        """The names of the parameters of `blocks`."""
        wanted = tuple(blocks)
        if wanted not in self._held:
            names = (name for name, block in self._block_by_name.items() if block in wanted)
            self._held[wanted] = frozenset(names)
        return self._held[wanted]

    def enter(self, model: nn.Module, epoch: int) -> None:
        """Set which parameters take gradients, and train or eval mode of each module."""
        trains = self.trainable(epoch)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name in trains)
        set_modes(model)
        if self.norm_statistics == "keep":
            for module in model.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()


def in_words(trainable: Collection[str], blocks: Sequence[Collection[str]]) -> str:
    """What trains beside the head, where `blocks` are the names of the parameters of each block, the head's last."""
    ladder = [names for names in blocks[:-1] if names]
    whole = [set(names) <= set(trainable) for names in ladder]
    begun = [not set(names).isdisjoint(trainable) for names in ladder]
    if not any(begun):
        return "head"
    if all(whole):
        return "all blocks"
    count = sum(begun)
    if whole != begun:
        return f"parts of {count} of {len(ladder)} blocks"
    top = "top " if all(whole[-count:]) else ""
    return f"{top}{count} of {len(ladder)} blocks"


def set_modes(module: nn.Module, parent: bool = True) -> None:
    """Train mode for a module iff any parameter in it trains; one without parameters follows its `parent`."""
    flags = [parameter.requires_grad for parameter in module.parameters()]
    module.training = any(flags) if flags else parent
    for child in module.children():
        set_modes(child, module.training)


def frozen_state(model: nn.Module, trained: Collection[str]) -> frozenset[str]:
    """The names in `model.state_dict()` of the parameters and buffers that no epoch changes.

    `trained` are the names of all parameters that train in some epoch. A buffer does not change if `set_modes` has its
    module in eval mode in every epoch. A tensor with two names is frozen under both or neither.
    """
    moving = {id(parameter) for name, parameter in model.named_parameters() if name in trained}
    thawed = [*_thawed(model, moving)]
    moving |= {id(buffer) for module in thawed for buffer in module.buffers(recurse=False)}
    still = {id(value) for value in (*model.parameters(), *model.buffers())} - moving
    state = model.state_dict(keep_vars=True)  # the tensors themselves, for their identity
    return frozenset(name for name, value in state.items() if id(value) in still)


def _thawed(module: nn.Module, trained: Collection[int], parent: bool = True) -> Iterator[nn.Module]:
    """The modules that `set_modes` has in train mode in some epoch; `trained` are the ids of parameters."""
    flags = [id(parameter) in trained for parameter in module.parameters()]
    training = any(flags) if flags else parent
    if training:
        yield module
    for child in module.children():
        yield from _thawed(child, trained, training)


class FreezeBackbone(NoFreeze):
    """Only the head trains: a probe of the features."""

    def __init__(self) -> None:
        super().__init__()

    def trainable(self, epoch: int) -> frozenset[str]:
        """The names of the head's parameters."""
        return self.held_by(self.blocks[-1:])


class FreezeBlocks(NoFreeze):
    """The first `count` blocks are frozen."""

    def __init__(self, count: int, norm_statistics: NormStatistics = "update") -> None:
        super().__init__(norm_statistics)
        self.count = count

    def check(self) -> None:
        most = len(self.blocks) - 1
        if not 0 <= self.count <= most:
            names = listing((block.name for block in self.blocks[:-1]), 60)
            raise ModelError(
                f"freeze: {self.count} is not among 0 to {most}; the blocks, input first: {names}"
            )

    def trainable(self, epoch: int) -> frozenset[str]:
        """The names of the parameters after the cut."""
        return self.held_by(self.blocks[self.count :])


class FreezePatterns(NoFreeze):
    """Blocks and parameters whose names match one of `patterns` (`*`, `?`, `[...]`) are frozen."""

    def __init__(self, patterns: Sequence[str], norm_statistics: NormStatistics = "update") -> None:
        super().__init__(norm_statistics)
        self.patterns = tuple(patterns)

    def check(self) -> None:
        for pattern in self.patterns:
            if not self.frozen(pattern):
                names = [block.name for block in self.blocks[:-1]]
                near = did_you_mean(pattern, names)
                raise ModelError(
                    f"freeze: {pattern!r} matches no block and no parameter of the backbone.{near} "
                    f"Blocks, input first: {listing(names, 60)}"
                )
        self._matching_none = frozenset(self.names).difference(*map(self.frozen, self.patterns))

    def trainable(self, epoch: int) -> frozenset[str]:
        """The names of the parameters that match no pattern."""
        return self._matching_none

    def frozen(self, pattern: str) -> frozenset[str]:
        """The names of the parameters of the backbone that `pattern` holds."""
        blocks = [block for block in self.blocks[:-1] if fnmatchcase(block.name, pattern)]
        direct = {name for name in self.names if _matches(name, pattern)} - self.held_by(self.blocks[-1:])
        return self.held_by(blocks) | direct


def _matches(name: str, pattern: str) -> bool:
    """Whether `pattern` matches the parameter, or a module that holds it, with or without the common prefix."""
    names = (name, name.removeprefix(PREFIX))
    return any(fnmatchcase(known, wanted) for known in names for wanted in (pattern, pattern + ".*"))


class LinearProbeThenFineTune(NoFreeze):
    """First the head alone for `probe_epochs` (a third of all, if left out), then everything.

    Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution".
    """

    def __init__(self, probe_epochs: int | None = None, norm_statistics: NormStatistics = "update") -> None:
        super().__init__(norm_statistics)
        self.probe_epochs = probe_epochs

    def check(self) -> None:
        if not 1 <= self.probe < self.epochs:
            raise ModelError(
                f"freeze: lp-ft with {self.probe} of {self.epochs} epochs for the head leaves none for one of its "
                "two phases; it needs at least 2 epochs, and probe_epochs from 1 to one less"
            )

    @property
    def extendable(self) -> bool:
        """Only with a probe that is not a share of all epochs."""
        return self.probe_epochs is not None

    @property
    def probe(self) -> int:
        """The epochs of the first phase."""
        return max(1, self.epochs // 3) if self.probe_epochs is None else self.probe_epochs

    def phases(self) -> tuple[int, ...]:
        """The head from epoch 0, everything after the probe."""
        return (0, self.probe)

    def trainable(self, epoch: int) -> frozenset[str]:
        """The head's parameters, later all."""
        return self.held_by(self.blocks[-1:] if epoch < self.probe else self.blocks)


class Gradual(NoFreeze):
    """First the head, then one more block from the top every `epochs_per_block` epochs.

    Howard and Ruder 2018, "Universal Language Model Fine-tuning for Text Classification".
    """

    def __init__(self, epochs_per_block: int = 1, norm_statistics: NormStatistics = "update") -> None:
        super().__init__(norm_statistics)
        self.epochs_per_block = epochs_per_block

    @property
    def extendable(self) -> bool:
        """More epochs thaw more blocks, for which the optimizer has no state."""
        return False

    def check(self) -> None:
        if self.epochs_per_block < 1:
            raise ModelError(f"freeze: epochs_per_block must be at least 1, not {self.epochs_per_block}")

    def trainable(self, epoch: int) -> frozenset[str]:
        """The parameters of the head and of as many blocks below it as `epoch` has reached."""
        top = 1 + epoch // self.epochs_per_block
        return self.held_by(self.blocks[-top:])
