"""Language models of Hugging Face by id or folder, or new ones, in the forms that tasks ask for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from torch import nn
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, GenerationConfig

from ftcli.config.places import Places
from ftcli.contracts import Backbone, ImagePreprocess, TextPreprocess
from ftcli.models.backbones.huggingface import text_family
from ftcli.models.backbones.pooling import is_decoder
from ftcli.models.freezing.ladder import sequence_ladder
from ftcli.models.language.language_codes import language_codes, set_languages
from ftcli.models.language.language_model import LanguageForm, LanguageNetwork
from ftcli.models.language.tied_weights import is_tied, untie, untie_different
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    fixed_as_buffers,
    load_network,
    quiet,
    read_config,
)
from ftcli.models.pretrained.preprocessing import suited, text_preprocess
from ftcli.models.pretrained.screening import CONFIG
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_parts

AUTO: dict[LanguageForm, Any] = {
    "seq2seq": AutoModelForSeq2SeqLM,
    "causal": AutoModelForCausalLM,
    "masked": AutoModelForMaskedLM,
}
DOES: dict[LanguageForm, str] = {
    "seq2seq": "writes one text from another",
    "causal": "continues a text",
    "masked": "predicts masked tokens",
}
# Decoders by their mapping whose tokens see later ones by default.
SEES_ALL = ("xlnet", "reformer")
GENERATION = "generation_config.json"


class LanguageModelLoader:
    """The `BackboneLoader` of networks with a language-model head, a `LanguageNetwork`."""

    form: ClassVar[LanguageForm]

    def load(self, request: Request) -> Backbone:
        """See `BackboneLoader.load`."""
        if request.model.config is not None:
            return self._new(request)
        name, weights = request.model.backbone, request.model.weights
        check_published(request)
        folder = resolve(name, weights=weights is None)
        with quiet():
            config = read_config(folder)
            check_form(name, config, self.form, request.places)
            net = load_network(config, KINDS[self.form], folder, weights)
            preprocess = text_preprocess(folder, net, request.max_length)
            return _assemble(net, config, self.form, preprocess, request.source, folder)

    def _new(self, request: Request) -> Backbone:
        """A language model that `model.config` describes, with random weights and a tokenizer of the training texts."""
        config, tokenizer = new_parts(request)
        check_form(config.model_type, config, self.form, request.places)
        config.use_cache = False
        with quiet():
            net = architecture(config, KINDS[self.form])
            where = f"model.config of {config.model_type}"
            preprocess = suited(tokenizer, where, net, request.max_length)
            return _assemble(net, config, self.form, preprocess, f"{config.model_type}@none", None)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`. The settings of generation go to `folder` as well."""
        module: Any = backbone.module
        module.config.save_pretrained(folder)
        if hasattr(module.net, "generation_config"):
            module.net.generation_config.to_json_file(folder / GENERATION)
        return {"tied": is_tied(module.net)}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`. `saved["tied"]` overrides the configuration, which may be wrong."""
        with quiet():
            config = read_config(folder)
            net = architecture(config, KINDS[self.form])
            if not saved["tied"]:
                untie(net)
            inputs = text_preprocess(folder, net, saved["max_length"])
            return _assemble(net, config, self.form, inputs, saved["source"], folder)


class Seq2SeqLoader(LanguageModelLoader):
    """Form "seq2seq"."""

    form = "seq2seq"

    def load(self, request: Request) -> Backbone:
        """See `BackboneLoader.load`. Texts are in the languages that the user names, where the model knows many."""
        backbone = super().load(request)
        model = request.model
        set_languages(backbone, model.source_language, model.target_language, request.places)
        return backbone

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        tokenizer: Any = backbone.preprocess.tokenizer  # type: ignore[union-attr]
        codes = [getattr(tokenizer, side, None) for side in ("src_lang", "tgt_lang")]
        return {**super().save(backbone, folder), "languages": codes}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        backbone = super().rebuild(folder, saved, preprocess)
        tokenizer: Any = backbone.preprocess.tokenizer  # type: ignore[union-attr]
        if language_codes(tokenizer):
            source, target = saved["languages"]
            set_languages(backbone, source, target, Places())
        return backbone


class CausalLoader(LanguageModelLoader):
    """Form "causal"."""

    form = "causal"


class MaskedLoader(LanguageModelLoader):
    """Form "masked"."""

    form = "masked"


def check_form(name: str, config: Any, form: LanguageForm, places: Places) -> None:
    """Raise `ConfigError` if a model of `config` is not of the `form`."""
    if _suits(config, form):
        return
    does = " and ".join(DOES[other] for other in AUTO if _suits(config, other)) or "does neither"
    problem = (
        f"this task takes a network that {DOES[form]}; {name} is of type {config.model_type}, which {does}"
    )
    raise places.error("model.backbone", problem)


def _suits(config: Any, form: LanguageForm) -> bool:
    mapping = AUTO[form]._model_mapping
    if type(config) not in mapping:
        return False
    found = mapping[type(config)]
    if getattr(found[0] if isinstance(found, tuple) else found, "main_input_name", "") != "input_ids":
        return False
    both = bool(getattr(config, "is_encoder_decoder", False))
    if form == "causal":
        looks_back = is_decoder(config) or getattr(config, "is_decoder", False)
        return looks_back and not both and config.model_type not in SEES_ALL
    return both == (form == "seq2seq")


def _assemble(
    net: nn.Module,
    config: Any,
    form: LanguageForm,
    preprocess: TextPreprocess,
    source: str,
    folder: Path | None,
) -> Backbone:
    fixed_as_buffers(net)
    tokenizer = preprocess.tokenizer
    if form == "causal":
        tokenizer.padding_side = "left"
    if form != "masked":
        settings: Any = net.generation_config if folder is None else _generation(folder)
        settings.use_cache = True
        settings.pad_token_id = tokenizer.pad_token_id
        net.generation_config = settings
    blocks = tuple(block.under("net") for block in sequence_ladder(net))
    width = int(config.get_text_config().hidden_size)
    family = text_family(net, config)
    return Backbone(LanguageNetwork(net, config, form), preprocess, width, blocks, source, family, form=form)


def _generation(folder: Path) -> GenerationConfig:
    """The settings of generation, from generation_config.json or, in older folders, config.json."""
    if (folder / GENERATION).is_file():
        return GenerationConfig.from_pretrained(str(folder))
    return GenerationConfig.from_pretrained(str(folder), config_file_name=CONFIG, _from_model_config=True)


KINDS = {form: Kind(auto, prepare=untie_different) for form, auto in AUTO.items()}
