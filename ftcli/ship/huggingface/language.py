"""Writes language models: networks of transformers, with a tokenizer and the settings by which they write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ftcli.models.language.generation import generation_options
from ftcli.models.language.language_codes import language_codes
from ftcli.models.language.tied_weights import is_tied
from ftcli.models.pretrained.networks import quiet
from ftcli.models.pretrained.preprocessing import save_tokenizer
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.files import SETTINGS, copy_scripts, write_json

# What decides random choices, and is nothing where there are none.
_SAMPLING = ("temperature", "top_k", "top_p")


@dataclass(frozen=True, slots=True)
class _Form:
    """The class of transformers that loads networks of a form, its pipeline if it has one, and the rest of settings."""

    auto: str
    pipeline: str | None
    script: str
    settings: Callable[[Predictor], dict[str, Any]]


class LanguageWriter:
    """The `Writer` of the forms "seq2seq", "causal" and "masked"."""

    def pipeline(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.pipeline`."""
        form = FORMS[predictor.trained.task_type.form]
        net: Any = predictor.model.backbone.net
        tokenizer = copy(_preprocess(predictor).tokenizer)
        with quiet():
            tokenizer.model_max_length = _preprocess(predictor).max_length
            settings = form.settings(predictor)
            tokenizer.init_kwargs = {**tokenizer.init_kwargs, **settings.get("languages", {})}
            save_tokenizer(tokenizer, folder)
            save_network(net, folder)
        settings = {"class": form.auto, "pipeline": form.pipeline, **settings}
        write_json(folder / SETTINGS, settings)
        copy_scripts(folder, {"predict": form.script, "load": "load_class"})
        return [] if form.pipeline else [NO_PIPELINE]

    def weights(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.weights`."""
        return self.pipeline(predictor, folder)


NO_PIPELINE = (
    "transformers has no pipeline for such networks since version 5: predict.py loads it by "
    "AutoModelForSeq2SeqLM, and lets it write as generation_config.json says"
)


def save_network(net: Any, folder: Path) -> None:
    """Write a network of transformers: config.json, generation_config.json where it writes, model.safetensors."""
    # Where it was loaded from is a path of this machine.
    net.config._name_or_path = ""
    net.config.use_cache = True
    if hasattr(net.config, "tie_word_embeddings"):
        net.config.tie_word_embeddings = net.config.tie_word_embeddings and is_tied(net)
    net.save_pretrained(folder)


def set_generation(net: Any, options: dict[str, Any]) -> None:
    """Let the network write by `options` of `generate` where nobody says otherwise."""
    settings = deepcopy(net.generation_config)
    settings._from_model_config = False
    settings.update(**dict.fromkeys(_SAMPLING), **options) if not options["do_sample"] else settings.update(
        **options
    )
    net.generation_config = settings


def _preprocess(predictor: Predictor) -> Any:
    return predictor.trained.caching.backbone.preprocess


def _seq2seq(predictor: Predictor) -> dict[str, Any]:
    experiment, own = predictor.experiment, _preprocess(predictor)
    options = generation_options(experiment.generation, max_length=own.max_length)
    set_generation(predictor.model.backbone.net, options)
    tokenizer = own.tokenizer
    known = language_codes(tokenizer)
    return {
        "prefix": experiment.data.prefix or "",
        "max_length": own.max_length,
        "languages": {side: getattr(tokenizer, side) for side in ("src_lang", "tgt_lang")} if known else {},
        "seed": _seed_of_one(experiment.training.seed),
    }


def _seed_of_one(seed: int) -> int:
    """The seed by which the first example that a program asks for is written, see `TextToText`."""
    digest = blake2b(f"{seed}\n0".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _causal(predictor: Predictor) -> dict[str, Any]:
    task: Any = predictor.task
    inputs = task._inputs
    options = generation_options(predictor.experiment.generation, max_length=inputs.room)
    if inputs.ends:
        options["eos_token_id"] = inputs.ends
    set_generation(predictor.model.backbone.net, options)
    template = getattr(inputs, "template", None)
    return {
        "numbers_positions": predictor.model.backbone.numbers_positions,
        "chat": template is not None,
        "takes_system": template is not None and template.takes_system,
        "behind": "\n" if inputs.prompted else "",
        "most": inputs.max_length - inputs.room,
        "end": inputs.end,
        "nothing": inputs._nothing()["input_ids"],
        "seed": predictor.experiment.training.seed,
    }


def _masked(predictor: Predictor) -> dict[str, Any]:
    return {"max_length": _preprocess(predictor).max_length}


FORMS = {
    "seq2seq": _Form("AutoModelForSeq2SeqLM", None, "predict_seq2seq", _seq2seq),
    "causal": _Form("AutoModelForCausalLM", "text-generation", "predict_causal", _causal),
    "masked": _Form("AutoModelForMaskedLM", "fill-mask", "predict_masked", _masked),
}
