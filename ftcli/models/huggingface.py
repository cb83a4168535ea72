"""Backbones of Hugging Face: any image or text model that AutoModel loads, from an id or a folder."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from torch.func import functional_call
from transformers import AutoConfig, AutoModel, AutoModelForTextEncoding
from transformers.utils import logging as transformers_logging

from ftcli.contracts import Backbone, Block, ImagePreprocess, Modality, TextPreprocess
from ftcli.errors import ModelError, WeightsError
from ftcli.models.hub import first_line, resolve
from ftcli.models.ladder import huggingface_ladder
from ftcli.models.mistakes import mistake
from ftcli.models.pooling import ImageNetwork, TextNetwork, choose_pooling, is_decoder
from ftcli.models.preprocessing import image_preprocess, text_preprocess
from ftcli.models.weights import SUFFIXES, fit_weights, misfit, read_weights

MAIN_INPUTS = {"image": "pixel_values", "text": "input_ids"}
SMALL_ENCODER = 35_000_000  # parameters

# Rows of the table of defaults for types that `_text_family` would take for another. ALBERT has few parameters
# because its layers share them; it trains like BERT.
TEXT_FAMILIES = {"albert": "bert", "electra": "electra", "xlnet": "xlnet"}

# Parameters that only pre-training uses: they would never get a gradient.
PRETRAINING_ONLY = ("mask_emb", "embeddings.mask_token")


def load_huggingface(
    name: str,
    weights: str | None,
    modality: Modality,
    *,
    pooling: str | None,
    image_size: int | None,
    max_length: int | None,
    places: Mapping[str, str],
) -> Backbone:
    """The backbone with the Hugging Face id or folder `name`.

    `weights` is None for its own, "none" for random ones, else a file, or another id or folder. Raises `WeightsError`
    for what is missing or does not fit, and `ModelError` for a model that cannot do what is asked.
    """
    if weights == "imagenet":
        problem = f"'imagenet' is for torchvision models; leave it out for the weights of {name}, or say none"
        raise mistake(places, "model.weights", problem)
    folder = resolve(name, weights=weights is None)
    with quiet():
        config = _config(folder, modality)
        _check_modality(name, config, modality, places)
        net = _network(config, modality, folder, weights)
        preprocess: ImagePreprocess | TextPreprocess
        if modality == "image":
            preprocess = image_preprocess(folder, config, required=weights != "none")
            if image_size is not None:
                preprocess = replace(preprocess, resize=image_size, crop=image_size)
        else:
            preprocess = text_preprocess(folder, net, max_length)
    chosen = None if modality == "image" else pooling or choose_pooling(folder, config)
    source = name if weights is None else f"{name}@{weights}"
    return assemble(net, config, preprocess, chosen, source)


def rebuild(
    folder: Path, source: str, preprocess: ImagePreprocess | None, pooling: str | None, max_length: int | None
) -> Backbone:
    """The backbone whose configuration, and tokenizer where `preprocess` is None, are in `folder`; random weights."""
    modality: Modality = "text" if preprocess is None else "image"
    with quiet():
        config = _config(folder, modality)
        net = architecture(config, modality)
        inputs = preprocess or text_preprocess(folder, net, max_length)
    return assemble(net, config, inputs, pooling, source)


def assemble(
    net: nn.Module,
    config: Any,
    preprocess: ImagePreprocess | TextPreprocess,
    pooling: str | None,
    source: str,
) -> Backbone:
    """A backbone from its parts. Raises `ModelError` if the network cannot take such inputs."""
    module: TextNetwork | ImageNetwork
    if isinstance(preprocess, TextPreprocess):
        module = TextNetwork(net, config, pooling or "mean")
        width = int(config.get_text_config().hidden_size)
        family = _text_family(net, config)
    else:
        module = ImageNetwork(net, config, preprocess.crop)
        width = _image_width(module, preprocess.crop, source)
        family = _image_family(net, config)
    blocks = tuple(
        Block(block.name, tuple(f"net.{prefix}" for prefix in block.prefixes))
        for block in huggingface_ladder(net)
    )
    return Backbone(module, preprocess, width, blocks, source, family)


def architecture(config: Any, modality: Modality) -> nn.Module:
    """The network of `config` with random weights, float32, as it is used here: see `_usable`."""
    with quiet():
        net = _auto(config, modality).from_config(deepcopy(config), dtype=torch.float32)
    return _usable(net, config)


def _config(folder: Path, modality: Modality) -> Any:
    try:
        config = AutoConfig.from_pretrained(str(folder), trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        reason = first_line(error)
        raise ModelError(f"{folder}: transformers cannot read its config.json ({reason})") from error
    config = (getattr(config, "vision_config", None) if modality == "image" else None) or config
    config.use_cache = False  # keys and values are kept for generation only
    return config


def _check_modality(name: str, config: Any, modality: Modality, places: Mapping[str, str]) -> None:
    """Raise `ConfigError` for a model of something else than the task's inputs."""
    if type(config) not in _auto(config, modality)._model_mapping:
        raise mistake(
            places, "model.backbone", f"{name}: AutoModel knows no model of type {config.model_type!r}"
        )
    takes = getattr(_model_class(config, modality), "main_input_name", "")
    if takes != MAIN_INPUTS[modality]:
        problem = (
            f"{name} takes {takes!r}, and this task has {modality}s, which are {MAIN_INPUTS[modality]!r}"
        )
        raise mistake(places, "model.backbone", problem)


def _auto(config: Any, modality: Modality) -> Any:
    """The class that loads the encoder alone, where there is one."""
    encoder_only = getattr(config, "is_encoder_decoder", False) and modality == "text"
    if encoder_only and type(config) in AutoModelForTextEncoding._model_mapping:
        return AutoModelForTextEncoding
    return AutoModel


def _model_class(config: Any, modality: Modality) -> Any:
    found = _auto(config, modality)._model_mapping[type(config)]
    return found[0] if isinstance(found, tuple) else found


def _network(config: Any, modality: Modality, folder: Path, weights: str | None) -> nn.Module:
    if weights == "none":
        return architecture(config, modality)
    if weights is not None and Path(weights).suffix in SUFFIXES:
        return _from_file(config, modality, Path(weights).expanduser())
    source = folder if weights is None else resolve(weights, weights=True)
    return _checked(_auto(config, modality), config, source, source, use_safetensors=True)


def _from_file(config: Any, modality: Modality, path: Path) -> nn.Module:
    """A file of a run of ours holds the names of our network; any other the names of the published checkpoint."""
    state = read_weights(path)
    if any(name.startswith("backbone.net.") for name in state):
        net = architecture(config, modality)
        fit_weights(net, state, path)
        return net
    return _checked(_model_class(config, modality), config, None, path, state_dict=state)


def _checked(model_class: Any, config: Any, folder: Path | None, where: Path, **options: Any) -> nn.Module:
    """Load, and compare what was loaded with what is used. Unexpected weights are the heads of the checkpoint.

    The configuration is copied because models change theirs: T5's encoder says that it is no encoder-decoder.
    """
    if folder is not None:
        options["trust_remote_code"] = False
    options |= {"dtype": torch.float32, "output_loading_info": True}
    options["ignore_mismatched_sizes"] = True  # so that they are listed, below
    try:
        net, info = model_class.from_pretrained(folder and str(folder), config=deepcopy(config), **options)
    except ImportError as error:
        raise ModelError(f"{where}: {first_line(error)}") from error
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise WeightsError(f"{where}: its weights cannot be read ({first_line(error)})") from error
    names = {id(value): key for key, value in net.named_parameters()}
    net = _usable(net, config)
    used = {names[id(value)] for value in net.parameters()}
    absent = sorted(used.intersection(info["missing_keys"]))
    misshapen = [
        f"{key} {tuple(theirs)} instead of {tuple(ours)}"
        for key, theirs, ours in sorted(info["mismatched_keys"])
        if key in used
    ]
    if absent or misshapen:
        raise misfit(where, absent, sorted(info["unexpected_keys"]), misshapen)
    return net


def _usable(net: nn.Module, config: Any) -> nn.Module:
    """The encoder, without what never trains: a pooler of pre-training's own head, and masks."""
    if getattr(config, "is_encoder_decoder", False):
        net = net.get_encoder()  # type: ignore[operator]
    pooler = getattr(net, "pooler", None)
    if pooler is not None and any(isinstance(part, nn.Linear) for part in pooler.modules()):
        _drop(net, "pooler")
    for name, _ in list(net.named_parameters()):
        if name in PRETRAINING_ONLY:
            _drop(net, name)
    return net.float()


def _drop(net: nn.Module, path: str) -> None:
    """Put None in the place of the parameter or module at `path`, as transformers does for what it leaves out."""
    owner, _, name = path.rpartition(".")
    setattr(net.get_submodule(owner), name, None)


def _image_width(module: ImageNetwork, size: int, source: str) -> int:
    """The width of the features, from shapes alone. Raises `ModelError` if the network takes no such images."""
    state = {name: value.to("meta") for name, value in module.state_dict().items()}
    state |= {name: value.to("meta") for name, value in module.named_buffers()}
    training = module.training
    try:
        with torch.no_grad():
            features = functional_call(module.eval(), state, (torch.empty(1, 3, size, size, device="meta"),))
    except (ValueError, RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise ModelError(f"{source} does not take images of {size} x {size} pixels: {reason}") from error
    finally:
        module.train(training)
    return int(features.shape[1])


def _text_family(net: nn.Module, config: Any) -> str:
    """The row in the table of defaults."""
    if config.model_type in TEXT_FAMILIES:
        return TEXT_FAMILIES[config.model_type]
    if getattr(config, "is_encoder_decoder", False):
        return "t5"
    if is_decoder(config):
        return "gpt"
    return "small-encoder" if sum(p.numel() for p in net.parameters()) <= SMALL_ENCODER else "bert"


def _image_family(net: nn.Module, config: Any) -> str:
    """The row in the table of defaults, by the type's name or else by its layers."""
    for family in ("convnext", "efficientnet", "mobile"):
        if family in config.model_type:
            return family
    return "cnn" if any(isinstance(part, nn.BatchNorm2d) for part in net.modules()) else "vit"


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
