"""The files beside the weights: scripts, settings, the tokenizer, the image processor or the feature extractor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ftcli.contracts import ImagePreprocess, TextPreprocess
from ftcli.contracts.tag_schemes import scheme_of
from ftcli.errors import ExportError
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess
from ftcli.models.pretrained.preprocessing import PROCESSORS, RESAMPLING, save_tokenizer
from ftcli.ship import scripts
from ftcli.ship.assembling import standalone
from ftcli.ship.huggingface.described import Described
from ftcli.tasks.inputs.words import space_before

SETTINGS = "settings.json"
# Where scripts are, and in which folders.
SCRIPTS, ROOMS = Path(scripts.__path__[0]), ("huggingface", "heads")
# The script with the image processor.
PROCESSING = "image_processing"


def copy_scripts(folder: Path, named: Mapping[str, str]) -> None:
    """Copy scripts into the folder: what each is called there, and its own name. They need no ftcli there."""
    for name, script in named.items():
        room = next(one for one in ROOMS if (SCRIPTS / one / f"{script}.py").is_file())
        (folder / f"{name}.py").write_text(standalone(f"{room}.{script}"), encoding="utf-8")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file for programs and people."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_preprocessing(described: Described, folder: Path, *, own: bool) -> dict[str, Any]:
    """Write what transformers needs for inputs; gives what settings.json says of them, for `predict.py`.

    A folder that has a class of its `own` runs its code with `trust_remote_code` alone, and may prepare inputs by it.
    """
    preprocess = described.preprocess
    if isinstance(preprocess, ImagePreprocess):
        _write_image_processor(preprocess, folder, own=own)
        return {"image": asdict(preprocess)}
    if isinstance(preprocess, TextPreprocess):
        return _write_tokenizer(described, preprocess, folder)
    return {"sound": _write_extractor(described, preprocess, folder)}


def _write_image_processor(preprocess: ImagePreprocess, folder: Path, *, own: bool) -> None:
    """transformers' image processor; with `own`, one that cuts exactly, too, for whoever runs files of the folder.

    Elsewhere it is left out: transformers would ask before it loads the folder, and wait for an answer.
    """
    from transformers import MobileNetV2ImageProcessor

    square = {"height": preprocess.resize, "width": preprocess.resize}
    processor = MobileNetV2ImageProcessor(
        size=square if preprocess.squash else {"shortest_edge": preprocess.resize},
        do_center_crop=not preprocess.squash,
        crop_size={"height": preprocess.crop, "width": preprocess.crop},
        resample=next(number for number, name in RESAMPLING.items() if name == preprocess.interpolation),
        image_mean=list(preprocess.mean),
        image_std=list(preprocess.std),
    )
    processor.save_pretrained(folder)
    if own and not preprocess.squash:
        path = folder / PROCESSORS[0]
        settings = json.loads(path.read_text(encoding="utf-8"))
        write_json(path, settings | {"auto_map": {"AutoImageProcessor": f"{PROCESSING}.ImageProcessor"}})
        copy_scripts(folder, {PROCESSING: PROCESSING})


def _write_tokenizer(described: Described, preprocess: TextPreprocess, folder: Path) -> dict[str, Any]:
    tokenizer = copy(preprocess.tokenizer)
    tokenizer.model_max_length = preprocess.max_length
    save_tokenizer(tokenizer, folder)
    settings: dict[str, Any] = {"max_length": preprocess.max_length}
    if described.form == "tokens":
        if not tokenizer.is_fast:
            kind = type(tokenizer).__name__
            raise ExportError(
                f"hf: {kind} is a slow tokenizer, and transformers' pipeline of tags takes fast ones"
            )
        settings |= {"space": space_before(tokenizer), "outside": scheme_of(described.names).outside}
    return settings


def _write_extractor(described: Described, preprocess: AudioPreprocess, folder: Path) -> dict[str, Any]:
    extractor = preprocess.extractor
    options: dict[str, Any] = {}
    if described.around.config.model_type == "whisper":
        # The mean leaves out the silence behind a sound, and a shorter window is not that of the file.
        options = {"return_attention_mask": True, "chunk_length": (preprocess.window or 0) // preprocess.rate}
    type(extractor).from_dict({**extractor.to_dict(), **options}).save_pretrained(folder)
    wanted = described.predictor.experiment.data.max_seconds
    limits = [limit for limit in (wanted, preprocess.longest) if limit is not None]
    return {"rate": preprocess.rate, "shortest": preprocess.shortest, "longest": min(limits, default=None)}
