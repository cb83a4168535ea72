"""Backbones of Hugging Face: any image or text model that AutoModel loads, from an id or a folder."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.func import functional_call
from transformers import AutoModel, AutoModelForTextEncoding

from ftcli.contracts import Backbone, Form, ImagePreprocess, TextPreprocess
from ftcli.contracts.modalities import IMAGE, MODALITIES, TEXT
from ftcli.errors import ModelError
from ftcli.models.backbones.pooling import ImageNetwork, TextNetwork, choose_pooling, is_decoder
from ftcli.models.freezing.ladder import huggingface_ladder
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    load_network,
    quiet,
    read_config,
)
from ftcli.models.pretrained.preprocessing import image_preprocess, text_preprocess
from ftcli.models.request import Request

MAIN_INPUTS = {"image": "pixel_values", "text": "input_ids"}
SMALL_ENCODER = 35_000_000  # parameters

# Rows of the table of defaults for types that `text_family` would take for another. ALBERT has few parameters
# because its layers share them; it trains like BERT.
TEXT_FAMILIES = {"albert": "bert", "electra": "electra", "xlnet": "xlnet"}

# Parameters that only pre-training uses: they would never get a gradient.
PRETRAINING_ONLY = ("mask_emb", "embeddings.mask_token")


def load_huggingface(request: Request, form: Form = "vector") -> Backbone:
    """The backbone with the Hugging Face id or folder that the request names, as a vector for each example or token.

    `model.weights` is None for its own, "none" for random ones, else a file, or another id or folder. Raises
    `WeightsError` for what is missing or does not fit, and `ModelError` for a model that cannot do what is asked.
    """
    model, modality = request.model, request.modality
    check_published(request)
    folder = resolve(model.backbone, weights=model.weights is None)
    with quiet():
        config = _config(folder, modality)
        kind = network_kind(config, modality)
        _check_modality(config, kind, request)
        net = load_network(config, kind, folder, model.weights)
        preprocess = _preprocess(folder, net, config, request)
    pooled = request.takes.tokenised and form == "vector"
    pooling = model.pooling or choose_pooling(folder, config) if pooled else None
    source = model.backbone if model.weights is None else f"{model.backbone}@{model.weights}"
    return assemble(net, config, preprocess, pooling, source)


def _preprocess(
    folder: Path, net: nn.Module, config: Any, request: Request
) -> ImagePreprocess | TextPreprocess:
    if request.takes.tokenised:
        return text_preprocess(folder, net, request.max_length)
    return request.sized(image_preprocess(folder, config, required=request.model.weights != "none"))


def rebuild(
    folder: Path, source: str, preprocess: ImagePreprocess | None, pooling: str | None, max_length: int | None
) -> Backbone:
    """The backbone whose configuration, and tokenizer where `preprocess` is None, are in `folder`; random weights."""
    modality = (TEXT if preprocess is None else IMAGE).name
    with quiet():
        config = _config(folder, modality)
        net = architecture(config, network_kind(config, modality))
        inputs = preprocess or text_preprocess(folder, net, max_length)
    return assemble(net, config, inputs, pooling, source)


def assemble(
    net: nn.Module,
    config: Any,
    preprocess: ImagePreprocess | TextPreprocess,
    pooling: str | None,
    source: str,
) -> Backbone:
    """A backbone from its parts; of texts without `pooling` it is of the form "tokens".

    Raises `ModelError` if the network cannot take such inputs.
    """
    module: TextNetwork | ImageNetwork
    form: Form = "vector"
    if isinstance(preprocess, TextPreprocess):
        module = TextNetwork(net, config, pooling)
        form = "vector" if pooling else "tokens"
        width = int(config.get_text_config().hidden_size)
        family = text_family(net, config)
    else:
        module = ImageNetwork(net, config, preprocess.crop)
        width = channels(module, preprocess.crop, source)
        family = image_family(net, config)
    blocks = tuple(block.under("net") for block in huggingface_ladder(net))
    return Backbone(module, preprocess, width, blocks, source, family, form=form)


def _config(folder: Path, modality: str) -> Any:
    """The configuration, or that of the part that sees."""
    config = read_config(folder)
    config = (getattr(config, "vision_config", None) if MODALITIES[modality].spatial else None) or config
    config.use_cache = False
    return config


def network_kind(config: Any, modality: str) -> Kind:
    """The class that loads the encoder alone, where there is one."""
    encoder_only = getattr(config, "is_encoder_decoder", False) and MODALITIES[modality].tokenised
    if encoder_only and type(config) in AutoModelForTextEncoding._model_mapping:
        return Kind(AutoModelForTextEncoding, _usable)
    return Kind(AutoModel, _usable)


def _check_modality(config: Any, kind: Kind, request: Request) -> None:
    """Raise `ConfigError` for a model of something else than the task's inputs."""
    name, modality = request.model.backbone, request.modality
    if not kind.knows(config):
        problem = f"{name}: AutoModel knows no model of type {config.model_type!r}"
        raise request.places.error("model.backbone", problem)
    takes = getattr(kind.model_class(config), "main_input_name", "")
    if takes != MAIN_INPUTS[modality]:
        problem = (
            f"{name} takes {takes!r}, and this task has {modality}s, which are {MAIN_INPUTS[modality]!r}"
        )
        raise request.places.error("model.backbone", problem)


def _usable(net: nn.Module, config: Any) -> nn.Module:
    """The encoder, without what never trains: a pooler of pre-training's own head, and masks."""
    if getattr(config, "is_encoder_decoder", False):
        net = net.get_encoder()  # type: ignore[operator]
    pooler = getattr(net, "pooler", None)
    if pooler is not None and any(isinstance(part, nn.Linear) for part in pooler.modules()):
        drop(net, "pooler")
    for name, _ in list(net.named_parameters()):
        if name in PRETRAINING_ONLY:
            drop(net, name)
    fixed_as_buffers(net)
    return net.float()


def drop(net: nn.Module, path: str) -> None:
    """Put None in the place of the parameter or module at `path`, as transformers does for what it leaves out."""
    owner, _, name = path.rpartition(".")
    setattr(net.get_submodule(owner), name, None)


def channels(module: nn.Module, size: int, source: str) -> int:
    """The width of the features (B, width, ...), from shapes alone.

    Raises `ModelError` if the network takes no such images.
    """
    state = {name: value.to("meta") for name, value in [*module.named_parameters(), *module.named_buffers()]}
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


def text_family(net: nn.Module, config: Any) -> str:
    """The row in the table of defaults."""
    if config.model_type in TEXT_FAMILIES:
        return TEXT_FAMILIES[config.model_type]
    if getattr(config, "is_encoder_decoder", False):
        return "t5"
    if is_decoder(config):
        return "gpt"
    return "small-encoder" if sum(p.numel() for p in net.parameters()) <= SMALL_ENCODER else "bert"


def image_family(net: nn.Module, config: Any) -> str:
    """The row in the table of defaults, by the type's name or else by its layers."""
    name = getattr(config, "architecture", config.model_type)  # the former of timm's networks
    for family in ("convnext", "efficientnet", "mobile"):
        if family in name:
            return family
    return "cnn" if any(isinstance(part, nn.BatchNorm2d) for part in net.modules()) else "vit"


def fixed_as_buffers(net: nn.Module) -> None:
    """Make buffers of parameters that never train (the sines of Marian's positions), so that nothing unfreezes them.

    A network as it is built knows which they are; loading weights forgets it. Files of weights often leave them out.
    """
    with torch.device("meta"):
        built = type(net)(deepcopy(net.config))
    for name in [name for name, value in built.named_parameters() if not value.requires_grad]:
        path, _, last = name.rpartition(".")
        owner = net.get_submodule(path)
        value = getattr(owner, last).detach()
        delattr(owner, last)
        owner.register_buffer(last, value)
