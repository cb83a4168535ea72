"""A backbone from the `model` section of an experiment, and again from the files of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from ftcli.contracts import Backbone, Form, ImagePreprocess, TextPreprocess
from ftcli.errors import RunError
from ftcli.models import FORMS
from ftcli.models.pretrained.screening import screen
from ftcli.models.request import Request

FILE = "backbone.json"

# Keys of `model` that only some forms give a meaning.
READ_BY: Mapping[str, tuple[Form, ...]] = {
    "config": ("vector", "tokens", "seq2seq", "causal", "masked", "transcriber", "synthesizer"),
    "tokenizer": ("vector", "tokens", "seq2seq", "causal", "masked", "transcriber", "synthesizer"),
    "pooling": ("vector",),
    "detector": ("detector",),
    "score_threshold": ("detector",),
    "vocoder": ("synthesizer",),
    "source_language": ("seq2seq", "transcriber"),
    "target_language": ("seq2seq",),
}


class BackboneLoader(Protocol):
    """How backbones of one form are loaded, saved and rebuilt: what a line of `FORMS` names."""

    def load(self, request: Request) -> Backbone:
        """The pre-trained backbone, on the CPU in float32.

        Raises `ConfigError` for names that do not exist, `ModelError` for what the model cannot do, and `WeightsError`
        for weights that are missing or do not fit.
        """
        ...

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """Write to `folder` what rebuilds the architecture, and give what else is needed, as JSON would hold it."""
        ...

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """The backbone of `save`, with random weights; `preprocess` is that of an image network."""
        ...


def load_backbone(form: Form, request: Request) -> Backbone:
    """The pre-trained backbone that `request` names, in the form that a task wants. Raises as `BackboneLoader.load`."""
    for key, forms in READ_BY.items():
        if getattr(request.model, key) is not None and form not in forms:
            raise request.places.error(f"model.{key}", "has no meaning for this task: leave it out")
    return _loader(form).load(request)


def save_backbone_files(backbone: Backbone, folder: Path) -> None:
    """Write to `folder` what rebuilds the architecture, tokenizer and preprocessing; the weights are not among it."""
    folder.mkdir(parents=True, exist_ok=True)
    saved: dict[str, Any] = {"source": backbone.source, "form": backbone.form}
    preprocess = backbone.preprocess
    if isinstance(preprocess, ImagePreprocess):
        saved["preprocess"] = asdict(preprocess)
    elif isinstance(preprocess, TextPreprocess):
        from ftcli.models.pretrained.preprocessing import save_tokenizer

        save_tokenizer(preprocess.tokenizer, folder)
        saved["max_length"] = preprocess.max_length
    saved |= _loader(backbone.form).save(backbone, folder)
    (folder / FILE).write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")


def rebuild_backbone(name: str, folder: Path) -> Backbone:
    """The backbone that `save_backbone_files` wrote to `folder`, with random weights for the caller to replace.

    Raises `RunError`, which calls it `name`, where the files are missing or cannot be read.
    """
    screen(folder)
    try:
        saved = json.loads((folder / FILE).read_text(encoding="utf-8"))
        loader = _loader(saved.get("form", "vector"))
        preprocess = saved_preprocess(saved["preprocess"]) if "preprocess" in saved else None
        return loader.rebuild(folder, saved, preprocess)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunError(f"{folder / FILE}: cannot rebuild {name} from it ({error})") from error


def _loader(form: Form) -> BackboneLoader:
    loader: BackboneLoader = FORMS.load(form)()
    return loader


def saved_preprocess(saved: Mapping[str, Any]) -> ImagePreprocess:
    """From its fields as JSON holds them."""
    return ImagePreprocess(**{**saved} | {key: tuple(saved[key]) for key in ("mean", "std")})
