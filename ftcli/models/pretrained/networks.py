"""A network of transformers from its configuration and its weights, compared with what is used of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import CONFIG_MAPPING, AutoConfig, PreTrainedConfig
from transformers.models.auto.auto_factory import _get_model_class
from transformers.utils import logging as transformers_logging

from ftcli.errors import ModelError, WeightsError
from ftcli.models.pretrained import exported
from ftcli.models.pretrained.hub import first_line, pickled_files, resolve
from ftcli.models.pretrained.screening import CONFIG, OWN_ATTENTION, read_settings
from ftcli.models.pretrained.weights import fit_weights, misfit, part_of, read_weights, under
from ftcli.models.request import Request
from ftcli.models.weight_files import SUFFIXES
from ftcli.system.memory import physical_memory

# Keys by which a configuration names its backbone, where it has no `backbone_config`.
_BACKBONE = ("backbone", "backbone_kwargs", "use_timm_backbone", "use_pretrained_backbone")


@dataclass(frozen=True, slots=True)
class Kind:
    """One of transformers' auto classes, and the part of its networks that is used (the encoder without heads, say)."""

    auto: Any
    usable: Callable[[nn.Module, Any], nn.Module] = lambda net, config: net.float()
    # Called with the state before it is loaded.
    prepare: Callable[[nn.Module, Mapping[str, Tensor]], None] = lambda net, state: None
    # The paths of layers that are not loaded.
    new: Callable[[nn.Module], Sequence[str]] = lambda net: ()

    def knows(self, config: Any) -> bool:
        """Whether there is a network of this kind for the configuration."""
        return type(config) in self.auto._model_mapping

    def model_class(self, config: Any) -> Any:
        """The class of the network: of several, the one that the configuration names."""
        return _get_model_class(config, self.auto._model_mapping)


def read_config(folder: Path) -> Any:
    """The configuration in `folder`. Raises `ModelError` if it cannot be read, or is of timm and that is missing."""
    settings = read_settings(folder / CONFIG)
    if "pretrained_cfg" in settings:
        check_timm(str(folder), "is a network")
    if settings.get("model_type") == exported.TORCHVISION:
        name = f"torchvision/{settings.get('architecture')}"
        weights = folder / "model.safetensors"
        raise ModelError(f"{folder} is a {name}: say model.backbone: {name}, and model.weights: {weights}")
    try:
        inner = _named_backbone(settings)
        if exported.is_wrapped(settings):
            network = dict(exported.inner(settings))
            config: Any = CONFIG_MAPPING[network["model_type"]].from_dict(network)
        elif inner:
            kept = {key: value for key, value in settings.items() if key not in _BACKBONE}
            config = CONFIG_MAPPING[settings["model_type"]].from_dict(kept | {"backbone_config": inner})
        else:
            config = AutoConfig.from_pretrained(str(folder), trust_remote_code=False)
        if not isinstance(config.get_text_config(), PreTrainedConfig):
            raise ValueError(f"a {config.model_type} has no text_config")
    except Exception as error:  # each configuration checks itself in its own way
        reason = first_line(error)
        raise ModelError(f"{folder}: transformers cannot read its config.json ({reason})") from error
    config.use_cache = False  # keys and values are kept for generation only
    _usual_attention(config)
    if arguments := getattr(config, "model_args", None):
        # timm writes the size of its head here, too; transformers sets it itself, and fails on a second one.
        config.model_args = {key: value for key, value in arguments.items() if key != "num_classes"}
    return config


def _named_backbone(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a backbone of timm that a detector names, if it does; transformers would ask the hub for it.

    Raises `ValueError` for one that is not timm's.
    """
    name, options = settings.get("backbone"), settings.get("backbone_kwargs")
    kind = CONFIG_MAPPING[settings["model_type"]] if settings.get("model_type") in CONFIG_MAPPING else None
    if kind is None or "backbone_config" not in kind.sub_configs or settings.get("backbone_config"):
        return {}
    if name is None or (settings.get("use_timm_backbone", True) and not options):
        return {}
    if not settings.get("use_timm_backbone", True):
        raise ValueError(f"its backbone {name!r} is another model, which is not fetched")
    return {"model_type": "timm_backbone", "backbone": name, "features_only": True, **(options or {})}


def check_timm(name: str, what: str) -> None:
    """Raise `ModelError` where a network is of the package timm, or stands on one, and that is not installed."""
    if find_spec("timm") is None:
        raise ModelError(
            f'{name} {what} of the package timm, which is not installed: pip install "ftcli[timm]"'
        )


def _usual_attention(config: Any) -> None:
    """Leave the choice of the code for attention to transformers, where the file names another than PyTorch's own.

    Flash attention, say, needs a package and a GPU. All implementations compute the same.
    """
    waiting = [config]
    while waiting:
        one = waiting.pop()
        if one._attn_implementation not in (None, *OWN_ATTENTION):
            one._attn_implementation = None
        waiting += [inner for key in one.sub_configs if (inner := getattr(one, key, None)) is not None]


def check_published(request: Request) -> None:
    """Raise `ConfigError` for weights that only torchvision's models have."""
    if request.model.weights == "imagenet":
        name = request.model.backbone
        problem = f"'imagenet' is for torchvision models; leave it out for the weights of {name}, or say none"
        raise request.places.error("model.weights", problem)


def without_spec_augment(config: Any) -> Any:
    """The configuration, without masks of time and of channels (SpecAugment, Park et al. 2019), changed in place.

    transformers draws them from NumPy's global state, which no seed of an experiment decides, and refuses short sounds.
    """
    if hasattr(config, "apply_spec_augment"):
        config.apply_spec_augment = False
    return config


def drop(net: nn.Module, path: str) -> None:
    """Replace the parameter or module at `path` by None, as transformers does for parts that it leaves out."""
    owner, _, name = path.rpartition(".")
    setattr(net.get_submodule(owner), name, None)


def drop_spec_augment(net: nn.Module) -> None:
    """Drop the embedding that SpecAugment puts in place of masked frames: it would never get a gradient."""
    for name in [name for name, _ in net.named_parameters() if name.endswith("masked_spec_embed")]:
        drop(net, name)


def fixed_as_buffers(net: nn.Module) -> None:
    """Make buffers of parameters that never train (the sines of Marian's positions), so that nothing unfreezes them.

    A new network marks them as such, a loaded one does not. Files of weights often leave them out.
    """
    with torch.device("meta"):
        built = type(net)(deepcopy(net.config))
    for name in [name for name, value in built.named_parameters() if not value.requires_grad]:
        path, _, last = name.rpartition(".")
        owner = net.get_submodule(path)
        value = getattr(owner, last).detach()
        delattr(owner, last)
        owner.register_buffer(last, value)


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
    there = physical_memory()
    if there is not None and needed > there:
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
    if exported.is_wrapped(read_settings(source / CONFIG)):
        return _from_file(config, kind, source / "model.safetensors")
    if state := pickled_weights(source):
        return _checked(kind.model_class(config), kind, config, None, source, state_dict=state)
    return _checked(kind.auto, kind, config, source, source, use_safetensors=True)


def pickled_weights(folder: Path) -> dict[str, Tensor]:
    """The weights of the PyTorch files in `folder`, of which only tensors are read; empty where it has safetensors.

    Raises `WeightsError` for a file that holds more than tensors, or cannot be read.
    """
    return {name: value for file in pickled_files(folder) for name, value in read_weights(file).items()}


def _from_file(config: Any, kind: Kind, path: Path) -> nn.Module:
    """A file of a ftcli run, or exported with a class of its own, has the names of the network as built here.

    Any other has those of the published checkpoint.

    A run that trained a language model has the encoder under its name in there, beside a head that is left out.
    """
    state = read_weights(path)
    if any(name.startswith(exported.PREFIX) for name in state):
        state = exported.unwrapped(state)
        # Of some types transformers writes other names than it has in memory.
        if not state.keys() >= architecture(config, kind).state_dict().keys():
            return _checked(kind.model_class(config), kind, config, None, path, state_dict=state)
        state = {f"backbone.net.{name}": value for name, value in state.items()}
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

    The configuration is copied because models change theirs: T5's encoder sets `is_encoder_decoder` to false.
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
