"""A backbone from the `model` section of an experiment, and again from the files of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ftcli.config.schema import Model
from ftcli.contracts import Backbone, ImagePreprocess, Modality
from ftcli.errors import RunError
from ftcli.models.mistakes import mistake

TORCHVISION = "torchvision/"
FILE = "backbone.json"


def load_backbone(
    model: Model,
    modality: Modality,
    *,
    image_size: int | None,
    max_length: int | None,
    places: Mapping[str, str],
) -> Backbone:
    """The pre-trained backbone that `model` names, on the CPU in float32.

    `image_size` (pixels) and `max_length` (tokens) are the user's, or None for what the weights expect. Raises
    `ConfigError` for names that do not exist, `ModelError` for what the model cannot do, and `WeightsError` for weights
    that are missing or do not fit.
    """
    name = model.backbone
    if model.pooling is not None and modality == "image":
        raise mistake(places, "model.pooling", "is for texts; images are pooled as their model does")
    if name.startswith(TORCHVISION):
        if modality == "text":
            raise mistake(places, "model.backbone", f"{name} takes images, and this task has texts")
        from ftcli.models.torchvision import load_torchvision

        return load_torchvision(name.removeprefix(TORCHVISION), model.weights, image_size, places)
    from ftcli.models.huggingface import load_huggingface

    return load_huggingface(
        name,
        model.weights,
        modality,
        pooling=model.pooling,
        image_size=image_size,
        max_length=max_length,
        places=places,
    )


def save_backbone_files(backbone: Backbone, folder: Path) -> None:
    """Write to `folder` what rebuilds the architecture, tokenizer and preprocessing; the weights are not among it."""
    folder.mkdir(parents=True, exist_ok=True)
    saved: dict[str, Any] = {"source": backbone.source}
    if backbone.source.startswith(TORCHVISION):
        saved |= {"name": backbone.module.name, "auxiliary": bool(backbone.auxiliary)}
    else:
        backbone.module.config.save_pretrained(folder)  # type: ignore[union-attr, operator]
    if isinstance(backbone.preprocess, ImagePreprocess):
        saved |= {"modality": "image", "preprocess": asdict(backbone.preprocess)}
    elif hasattr(backbone.module, "form"):
        from ftcli.models.language_model import save_settings

        backbone.preprocess.tokenizer.save_pretrained(folder)
        saved |= {"modality": "text", "max_length": backbone.preprocess.max_length}
        saved |= save_settings(backbone, folder)
    else:
        backbone.preprocess.tokenizer.save_pretrained(folder)
        pooling = backbone.module.pooling
        saved |= {"modality": "text", "pooling": pooling, "max_length": backbone.preprocess.max_length}
    (folder / FILE).write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")


def rebuild_backbone(model: Model, folder: Path) -> Backbone:
    """The backbone that `save_backbone_files` wrote to `folder`, with random weights for the caller to replace.

    Raises `RunError` where the files are missing or cannot be read.
    """
    try:
        saved = json.loads((folder / FILE).read_text(encoding="utf-8"))
        source = saved["source"]
        preprocess = _image_preprocess(saved["preprocess"]) if saved["modality"] == "image" else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{folder / FILE}: cannot rebuild {model.backbone} from it ({error})") from error
    if preprocess is not None and source.startswith(TORCHVISION):
        from ftcli.models.torchvision import build

        return build(saved["name"], preprocess, source, saved["auxiliary"])
    if "form" in saved:
        from ftcli.models.language_model import rebuild_language_model

        return rebuild_language_model(folder, source, saved["form"], saved["max_length"], tied=saved["tied"])
    from ftcli.models.huggingface import rebuild

    return rebuild(folder, source, preprocess, saved.get("pooling"), saved.get("max_length"))


def _image_preprocess(saved: dict[str, Any]) -> ImagePreprocess:
    return ImagePreprocess(**saved | {key: tuple(saved[key]) for key in ("mean", "std")})
