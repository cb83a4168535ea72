"""Loading, running and saving the tiny language models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import Backbone, Form
from ftcli.models.language.language_codes import set_languages
from ftcli.models.language.loader import CausalLoader, LanguageModelLoader, MaskedLoader
from ftcli.models.load import save_backbone_files
from ftcli.models.request import Request
from ftcli.runs.checkpoints import storage
from tests.tiny.language_models import MODELS

LONG, SHORT = "a good film and the food was great", "a bad room"
PLACES = Places({"model": "x.yaml:3"})


class WithoutLanguages(LanguageModelLoader):
    """Form "seq2seq", of which the test names the languages."""

    form = "seq2seq"


LOADERS: dict[Form, LanguageModelLoader] = {
    "seq2seq": WithoutLanguages(),
    "causal": CausalLoader(),
    "masked": MaskedLoader(),
}
WRITERS = [name for name, (form, _) in MODELS.items() if form != "masked"]


def load_language_model(
    name: str, weights: str | None, form: Form, *, max_length: int | None = None
) -> Backbone:
    """As a request asks for it; a model of many languages is given none."""
    request = Request(Model(backbone=name, weights=weights), "text", None, max_length, PLACES)
    return LOADERS[form].load(request)


def loaded(
    made: dict[str, str], name: str, weights: str | None = None, max_length: int | None = None
) -> Backbone:
    form: Any = MODELS[name][0]
    backbone = load_language_model(made[name], weights, form, max_length=max_length)
    if name == "mbart":
        set_languages(backbone, "en_XX", "ro_RO", PLACES)
    return backbone


def tokens(backbone: Backbone, *texts: str) -> dict[str, Tensor]:
    tokenizer: Any = backbone.preprocess.tokenizer  # type: ignore[union-attr]
    return dict(tokenizer(list(texts), padding=True, return_tensors="pt"))


def logits(backbone: Backbone, *texts: str) -> Tensor:
    module: Any = backbone.module.eval()
    inputs = tokens(backbone, *texts)
    if module.form == "seq2seq":
        inputs["decoder_input_ids"] = module.decoder_inputs(inputs["input_ids"])
    with torch.no_grad():
        return torch.as_tensor(module(**inputs))


def state(backbone: Backbone) -> dict[str, Tensor]:
    return {f"backbone.{name}": value for name, value in backbone.module.state_dict().items()}


def saved_run(backbone: Backbone, path: Path) -> Path:
    """What a run leaves: the files of its model, and a checkpoint."""
    save_backbone_files(backbone, path / "model")
    weights = state(backbone)
    fit: dict[str, Any] = {"optimizer": {"state": {}, "param_groups": []}, "ema": {}}
    storage.save(path / "epoch-0001", weights, weights, fit, metrics_bytes=0, metrics_sha256="")
    return path / "epoch-0001" / storage.MODEL
