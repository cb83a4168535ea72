"""A network of transformers from its configuration and its weights, compared with what is used of it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoConfig
from transformers.utils import logging as transformers_logging

from ftcli.errors import ModelError, WeightsError
from ftcli.models.hub import first_line, resolve
from ftcli.models.request import Request
from ftcli.models.weights import SUFFIXES, fit_weights, misfit, part_of, read_weights, under


@dataclass(frozen=True, slots=True)
class Kind:
    """One of transformers' auto classes, and what is used of the networks that it loads: without heads, say."""

    auto: Any
    usable: Callable[[nn.Module, Any], nn.Module] = lambda net, config: net.float()
    prepare: Callable[[nn.Module, Mapping[str, Tensor]], None] = lambda net, state: (
        None
    )  # before weights are put in
    new: Callable[[nn.Module], Sequence[str]] = lambda net: ()  # the paths of layers that are not loaded

    def knows(self, config: Any) -> bool:
        """Whether there is a network of this kind for the configuration."""
        return type(config) in self.auto._model_mapping

    def model_class(self, config: Any) -> Any:
        """The class of the network."""
        found = self.auto._model_mapping[type(config)]
        return found[0] if isinstance(found, tuple) else found


def read_config(folder: Path) -> Any:
    """The configuration in `folder`. Raises `ModelError` if it cannot be read."""
    try:
        config = AutoConfig.from_pretrained(str(folder), trust_remote_code=False)
    except Exception as error:  # each configuration checks itself in its own way
        reason = first_line(error)
        raise ModelError(f"{folder}: transformers cannot read its config.json ({reason})") from error
    config.use_cache = False  # keys and values are kept for generation only
    return config


def check_published(request: Request) -> None:
    """Raise `ConfigError` for weights that only torchvision's models have."""
    if request.model.weights == "imagenet":
        name = request.model.backbone
        problem = f"'imagenet' is for torchvision models; leave it out for the weights of {name}, or say none"
        raise request.mistake("model.weights", problem)


def architecture(config: Any, kind: Kind) -> nn.Module:
    """The network of `config` with random weights, float32, as it is used here."""
    with quiet():
        _check_makeable(config, kind)
        net = kind.auto.from_config(deepcopy(config), dtype=torch.float32)
    return kind.usable(net, config)


def _check_makeable(config: Any, kind: Kind) -> None:
    """Make the network without memory for its weights, which takes some 50 ms.

    Raises `ModelError` for a configuration that contradicts itself, and for one that takes more memory than there is,
    as a file of a few bytes can.
    """
    name = config.name_or_path or config.model_type
    try:
        with torch.random.fork_rng(devices=()), torch.device("meta"):
            net = kind.auto.from_config(deepcopy(config), dtype=torch.float32)
    except Exception as error:  # each network checks itself in its own way
        raise ModelError(
            f"{name}: no network can be made of its config.json ({first_line(error)})"
        ) from error
    needed = sum(value.nbytes for value in [*net.parameters(), *net.buffers()])
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > there:
        raise ModelError(
            f"{name}: the network that its config.json describes takes "
            f"{needed / 1e9:,.0f} GB of memory, and this machine has {there / 1e9:,.0f} GB"
        )


def load_network(config: Any, kind: Kind, folder: Path, weights: str | None) -> nn.Module:
    """The network with its own weights, random ones ("none"), or those of a file, another id or folder.

    Raises `WeightsError` for weights that are missing or of another model.
    """
    if weights == "none":
        return architecture(config, kind)
    if weights is not None and Path(weights).suffix in SUFFIXES:
        return _from_file(config, kind, Path(weights).expanduser())
    source = folder if weights is None else resolve(weights, weights=True)
    return _checked(kind.auto, kind, config, source, source, use_safetensors=True)


def _from_file(config: Any, kind: Kind, path: Path) -> nn.Module:
    """A file of a run of ours holds the names of our network; any other the names of the published checkpoint.

    A run that trained a language model has the encoder under its name in there, beside a head that is left out.
    """
    state = read_weights(path)
    if any(name.startswith("backbone.net.") for name in state):
        net = architecture(config, kind)
        state = part_of(state, net.state_dict())
        kind.prepare(net, state)
        fit_weights(net, state, path, kind.new(net))
        return net
    return _checked(kind.model_class(config), kind, config, None, path, state_dict=state)


def _checked(
    model_class: Any, kind: Kind, config: Any, folder: Path | None, where: Path, **options: Any
) -> nn.Module:
    """Load, and compare what was loaded with what is used. Unexpected weights are the heads of the checkpoint.

    The configuration is copied because models change theirs: T5's encoder says that it is no encoder-decoder.
    """
    if folder is not None:
        options["trust_remote_code"] = False
    options |= {"dtype": torch.float32, "output_loading_info": True}
    options["ignore_mismatched_sizes"] = True  # so that they are listed, below
    try:
        _check_makeable(config, kind)
        net, info = model_class.from_pretrained(folder and str(folder), config=deepcopy(config), **options)
    except ImportError as error:
        raise ModelError(f"{where}: {first_line(error)}") from error
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise WeightsError(f"{where}: its weights cannot be read ({first_line(error)})") from error
    names = {id(value): key for key, value in net.named_parameters()}
    net = kind.usable(net, config)
    new = kind.new(net)
    used = {names[id(value)] for value in net.parameters() if not under(names[id(value)], new)}
    absent = sorted(used.intersection(info["missing_keys"]))
    misshapen = [
        f"{key} {tuple(theirs)} instead of {tuple(ours)}"
        for key, theirs, ours in sorted(info["mismatched_keys"])
        if key in used
    ]
    if absent or misshapen:
        raise misfit(where, absent, sorted(info["unexpected_keys"]), misshapen)
    return net


@contextmanager
def quiet() -> Iterator[None]:
    """Without transformers' reports and progress bars; what matters of them is checked here."""
    level = transformers_logging.get_verbosity()
    active = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        transformers_logging.set_verbosity(level)
        if active:
            transformers_logging.enable_progress_bar()
