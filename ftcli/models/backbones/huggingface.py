"""Backbones of Hugging Face: any image or text model that AutoModel loads, from an id or a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.func import functional_call
from transformers import AutoModel, AutoModelForTextEncoding

from ftcli.contracts import Backbone, Form, ImagePreprocess, TextPreprocess
from ftcli.contracts.modalities import IMAGE, MODALITIES, TEXT
from ftcli.errors import ModelError
from ftcli.models.backbones.pooling import (
    ImageNetwork,
    TextNetwork,
    choose_pooling,
    is_decoder,
    usual_pooling,
)
from ftcli.models.freezing.ladder import huggingface_ladder
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    drop,
    fixed_as_buffers,
    load_network,
    quiet,
    read_config,
)
from ftcli.models.pretrained.preprocessing import image_preprocess, suited, text_preprocess
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_parts

MAIN_INPUTS = {"image": "pixel_values", "text": "input_ids"}
SMALL_ENCODER = 35_000_000  # parameters

# Rows of the table of defaults for types that `text_family` would misjudge. ALBERT has few parameters
# because its layers share them; it trains like BERT.
TEXT_FAMILIES = {"albert": "bert", "electra": "electra", "xlnet": "xlnet"}

# Parameters that only pre-training uses: they would never get a gradient.
PRETRAINING_ONLY = ("mask_emb", "embeddings.mask_token")


@dataclass(frozen=True, slots=True)
class HuggingFaceLoader:
    """The `BackboneLoader` of transformers' image and text models, of the form "vector" or "tokens"."""

    form: Form

    def load(self, request: Request) -> Backbone:
        """The backbone with the Hugging Face id or folder that the request names, or a new one of `model.config`.

        `model.weights` is None for its own, "none" for random ones, else a file, or another id or folder. Raises
        `WeightsError` for what is missing or does not fit, and `ModelError` for a model that cannot do what is asked.
        """
        model, modality = request.model, request.modality
        if model.config is not None and request.takes.tokenised:
            return self._new(request)
        check_published(request)
        folder = resolve(model.backbone, weights=model.weights is None)
        with quiet():
            config = _config(folder, modality)
            kind = network_kind(config, modality)
            _check_modality(config, kind, request)
            net = load_network(config, kind, folder, model.weights)
            preprocess = _preprocess(folder, net, config, request)
        pooled = request.takes.tokenised and self.form == "vector"
        pooling = model.pooling or choose_pooling(folder, config) if pooled else None
        return assemble(net, config, preprocess, pooling, request.source)

    def _new(self, request: Request) -> Backbone:
        """A text encoder that `model.config` describes, with random weights and a tokenizer of the training texts."""
        config, tokenizer = new_parts(request)
        with quiet():
            net = architecture(config, network_kind(config, "text"))
        inputs = suited(tokenizer, f"model.config of {config.model_type}", net, request.max_length)
        pooling = (request.model.pooling or usual_pooling(config)) if self.form == "vector" else None
        return assemble(net, config, inputs, pooling, f"{config.model_type}@none")

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        module.config.save_pretrained(folder)
        return {"pooling": getattr(module, "pooling", None)} if self.form == "vector" else {}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`. Without `preprocess` the folder has a tokenizer."""
        modality = (TEXT if preprocess is None else IMAGE).name
        pooling = saved["pooling"] if self.form == "vector" else None
        with quiet():
            config = _config(folder, modality)
            net = architecture(config, network_kind(config, modality))
            inputs = preprocess or text_preprocess(folder, net, saved["max_length"])
        return assemble(net, config, inputs, pooling, saved["source"])


def _preprocess(
    folder: Path, net: nn.Module, config: Any, request: Request
) -> ImagePreprocess | TextPreprocess:
    if request.takes.tokenised:
        return text_preprocess(folder, net, request.max_length)
    return request.sized(image_preprocess(folder, config, required=request.model.weights != "none"))


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
    """The configuration, for images that of the vision part where there is one."""
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
    """Raise `ConfigError` for a model that does not take the task's inputs."""
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
    """The encoder without parameters that never train: the pooler of a pre-training head, and mask embeddings."""
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
