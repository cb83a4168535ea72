"""Whole language models of Hugging Face, with their head: they translate, continue a text, or fill its gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, GenerationConfig

from ftcli.config.places import Places
from ftcli.contracts import Backbone, Block, ImagePreprocess, TextPreprocess
from ftcli.errors import ModelError
from ftcli.models.backbones.huggingface import fixed_as_buffers, text_family
from ftcli.models.backbones.pooling import arguments, is_decoder
from ftcli.models.freezing.ladder import sequence_ladder
from ftcli.models.language.language_codes import language_codes, set_languages
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    load_network,
    quiet,
    read_config,
)
from ftcli.models.pretrained.preprocessing import suited, text_preprocess
from ftcli.models.pretrained.screening import CONFIG
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import new_parts

LanguageForm = Literal["seq2seq", "causal", "masked"]
AUTO: dict[LanguageForm, Any] = {
    "seq2seq": AutoModelForSeq2SeqLM,
    "causal": AutoModelForCausalLM,
    "masked": AutoModelForMaskedLM,
}
DOES: dict[LanguageForm, str] = {
    "seq2seq": "writes one text from another",
    "causal": "continues a text",
    "masked": "fills the gaps of a text",
}
SEES_ALL = (
    "xlnet",
    "reformer",
)  # decoders by their mapping, whose tokens see later ones unless told otherwise
GENERATION = "generation_config.json"


class LanguageNetwork(nn.Module):
    """Token ids (B, T) and their mask to logits (B, T, V); of a seq2seq model those of `decoder_input_ids`."""

    def __init__(self, net: nn.Module, config: Any, form: LanguageForm) -> None:
        super().__init__()
        self.net = net
        self.config = config
        self.form = form
        # GPT-2 numbers positions from the left, padding included, unless they are given.
        self.numbers_positions = form == "causal" and "position_ids" in arguments(net)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, counted: Tensor | None = None, **others: Tensor
    ) -> Tensor:
        """With `counted`, a bool (B, T) with N places that are true, only their logits: (N, V)."""
        if self.numbers_positions and "position_ids" not in others:
            others["position_ids"] = (attention_mask.cumsum(1) - 1).clamp(min=0)
        if counted is None:
            output = self.net(input_ids=input_ids, attention_mask=attention_mask, **others)
            return cast(Tensor, output.logits)
        with self._only(counted):
            output = self.net(input_ids=input_ids, attention_mask=attention_mask, **others)
        logits: Tensor = output.logits
        return logits if logits.dim() == 2 else logits[counted]

    @contextmanager
    def _only(self, counted: Tensor) -> Iterator[None]:
        """The layer of logits sees the counted places alone, if the network calls it on all of them."""

        def chosen(layer: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
            return (inputs[0][counted],) if inputs[0].shape[:2] == counted.shape else None

        layer = self.net.get_output_embeddings()  # type: ignore[operator]
        handle = layer.register_forward_pre_hook(chosen) if isinstance(layer, nn.Linear) else None
        try:
            yield
        finally:
            if handle is not None:
                handle.remove()

    def decoder_inputs(self, labels: Tensor) -> Tensor:
        """What a seq2seq decoder is given to say `labels` (B, T; below 0 where none counts): they, one step later.

        Raises `ModelError` if nothing says what comes first.
        """
        start = self.config.decoder_start_token_id
        if hasattr(self.net, "prepare_decoder_input_ids_from_labels") and (
            start is not None or self._wraps()
        ):
            return cast(Tensor, self.net.prepare_decoder_input_ids_from_labels(labels=labels))  # type: ignore[operator]
        if start is None:
            raise ModelError(f"the {self.config.model_type} does not say with which token its decoder starts")
        shifted = torch.cat([torch.full_like(labels[:, :1], start), labels[:, :-1]], dim=1)
        return shifted.masked_fill(shifted < 0, self.config.pad_token_id)

    def _wraps(self) -> bool:
        """mBART starts with the last token of the text: the end, or the code of the language."""
        return bool(self.config.model_type == "mbart")

    @torch.no_grad()
    def generate(self, input_ids: Tensor, attention_mask: Tensor, **options: Any) -> Tensor:
        """New token ids (B, at most `max_new_tokens`), without prompt and start; padding after the end of each.

        Padding of the inputs may be on either side. `options` are those of transformers' `generate`.
        """
        first = 1
        if self.form == "causal":
            input_ids, attention_mask = left_padded(input_ids, attention_mask)
            first = input_ids.shape[1]
        with quiet():
            found = self.net.generate(  # type: ignore[operator]
                input_ids=input_ids, attention_mask=attention_mask, **options
            )
        return cast(Tensor, found[:, first:])


def left_padded(ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Ids and mask (B, T) with all padding before the tokens: a decoder writes on behind the last token."""
    order = mask.argsort(dim=1, stable=True)
    return ids.gather(1, order), mask.gather(1, order)


class LanguageModels:
    """The `Loader` of networks with a language-model head, a `LanguageNetwork`."""

    form: ClassVar[LanguageForm]

    def load(self, request: Request) -> Backbone:
        """See `Loader.load`."""
        if request.model.config is not None:
            config, tokenizer = new_parts(request)
            return new_language_model(config, tokenizer, self.form, request)
        return load_language_model(self.form, request)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `Loader.save`. The settings of generation go to `folder` as well."""
        module: Any = backbone.module
        module.config.save_pretrained(folder)
        if hasattr(module.net, "generation_config"):
            module.net.generation_config.to_json_file(folder / GENERATION)
        return {"tied": is_tied(module.net)}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `Loader.rebuild`. A configuration may say that the output layer is tied of one that it is not."""
        with quiet():
            config = read_config(folder)
            net = architecture(config, KINDS[self.form])
            if not saved["tied"]:
                untie(net)
            inputs = text_preprocess(folder, net, saved["max_length"])
            return _assembled(net, config, self.form, inputs, saved["source"], folder)


class Seq2Seq(LanguageModels):
    """Form "seq2seq"."""

    form = "seq2seq"

    def load(self, request: Request) -> Backbone:
        """See `Loader.load`. Texts are in the languages that the user names, where the model knows many."""
        backbone = super().load(request)
        model = request.model
        set_languages(backbone, model.source_language, model.target_language, request.places)
        return backbone

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `Loader.save`."""
        tokenizer: Any = backbone.preprocess.tokenizer  # type: ignore[union-attr]
        codes = [getattr(tokenizer, side, None) for side in ("src_lang", "tgt_lang")]
        return {**super().save(backbone, folder), "languages": codes}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `Loader.rebuild`."""
        backbone = super().rebuild(folder, saved, preprocess)
        tokenizer: Any = backbone.preprocess.tokenizer  # type: ignore[union-attr]
        if language_codes(tokenizer):
            source, target = saved["languages"]
            set_languages(backbone, source, target, Places())
        return backbone


class Causal(LanguageModels):
    """Form "causal"."""

    form = "causal"


class Masked(LanguageModels):
    """Form "masked"."""

    form = "masked"


def load_language_model(form: LanguageForm, request: Request) -> Backbone:
    """The whole language model with the Hugging Face id or folder that is asked for.

    Raises `ConfigError` for a model of another form, `WeightsError` for weights that are missing or do not fit, and
    `ModelError` for what it cannot do.
    """
    name, weights = request.model.backbone, request.model.weights
    check_published(request)
    folder = resolve(name, weights=weights is None)
    with quiet():
        config = read_config(folder)
        check_form(name, config, form, request.places)
        net = load_network(config, KINDS[form], folder, weights)
        preprocess = text_preprocess(folder, net, request.max_length)
        source = name if weights is None else f"{name}@{weights}"
        return _assembled(net, config, form, preprocess, source, folder)


def new_language_model(config: Any, tokenizer: Any, form: LanguageForm, request: Request) -> Backbone:
    """A language model with random weights, for a `config` that is fitted to `tokenizer`; raises as loading one."""
    check_form(config.model_type, config, form, request.places)
    config.use_cache = False
    with quiet():
        net = architecture(config, KINDS[form])
        preprocess = suited(tokenizer, f"model.config of {config.model_type}", net, request.max_length)
        return _assembled(net, config, form, preprocess, f"{config.model_type}@none", None)


def check_form(name: str, config: Any, form: LanguageForm, places: Places) -> None:
    """Raise `ConfigError` if a model of `config` is not of the `form`."""
    if _suits(config, form):
        return
    does = (
        " and ".join(DOES[other] for other in AUTO if _suits(config, other))
        or "does neither that nor the like"
    )
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


def _untie_apart(net: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Untie the output layer where the weights say that it is not the embeddings."""
    pairs = ((one, other) for one, other in _ties(net) if {one, other} <= state.keys())
    if any(not torch.equal(state[one], state[other]) for one, other in pairs):
        untie(net)


def _ties(net: nn.Module) -> list[tuple[str, str]]:
    """The names of the output layer's weights, each with the first name of the same weights."""
    first = {id(value): name for name, value in net.named_parameters()}
    output = getattr(net.get_output_embeddings(), "weight", None)  # type: ignore[operator]
    names = [name for name, value in net.named_parameters(remove_duplicate=False) if value is output]
    return [(name, first[id(output)]) for name in names if name != first[id(output)]]


def is_tied(net: nn.Module) -> bool:
    """Whether the output layer of a language model has the weights of its embeddings."""
    return bool(_ties(net))


def untie(net: nn.Module) -> None:
    """Give the output layer weights of its own: T5's configuration says of Flan-T5's that they are tied."""
    output = net.get_output_embeddings()  # type: ignore[operator]
    if output is not None:
        output.weight = nn.Parameter(output.weight.detach().clone())


def _assembled(
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
    blocks = tuple(
        Block(block.name, tuple(f"net.{prefix}" for prefix in block.prefixes))
        for block in sequence_ladder(net)
    )
    width = int(config.get_text_config().hidden_size)
    family = text_family(net, config)
    return Backbone(LanguageNetwork(net, config, form), preprocess, width, blocks, source, family, form=form)


def _generation(folder: Path) -> GenerationConfig:
    """How texts are written: as generation_config.json says, or, in older folders, config.json."""
    if (folder / GENERATION).is_file():
        return GenerationConfig.from_pretrained(str(folder))
    return GenerationConfig.from_pretrained(str(folder), config_file_name=CONFIG, _from_model_config=True)


KINDS = {form: Kind(auto, prepare=_untie_apart) for form, auto in AUTO.items()}
