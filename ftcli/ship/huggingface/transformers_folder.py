"""Folders of networks of transformers: its own class where that computes the same, else one in the folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ftcli.models.pretrained.networks import quiet
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.described import Described, described, trial_batches
from ftcli.ship.huggingface.equal_class import equal_class
from ftcli.ship.huggingface.files import SETTINGS, copy_scripts, write_json, write_preprocessing
from ftcli.ship.huggingface.own_class import MODELING, own_class

# The scripts that `predict.py` consists of, by transformers' pipeline.
SCRIPTS = {
    "image-classification": ("predict_image", "images", "answers"),
    "image-segmentation": ("predict_mask", "images"),
    "text-classification": ("predict_text", "texts", "answers"),
    "token-classification": ("predict_tags", "splitting", "texts"),
    "audio-classification": ("predict_sound", "sounds", "answers"),
}


class TransformersWriter:
    """The `Writer` of networks of transformers."""

    def pipeline(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.pipeline`."""
        known = described(predictor)
        model, notes = equal_class(known, trial_batches(predictor)), list[str]()
        loader = "load_class"
        if model is None:
            model, modeling = own_class(known)
            copy_scripts(folder, {MODELING: modeling})
            loader = "load_own"
            notes.append(_why(known))
        write_folder(known, model, loader, folder)
        return notes

    def weights(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.weights`."""
        return self.pipeline(predictor, folder)


def write_folder(known: Described, model: Any, loader: str, folder: Path) -> None:
    """Write a network of transformers, what it needs for its inputs, and the scripts."""
    with quiet():
        model.save_pretrained(folder)
        settings = write_preprocessing(known, folder, own=loader == "load_own")
    mean, std = known.unit
    unit = {"mean": mean, "std": std}
    write_json(folder / SETTINGS, {"class": known.auto, "pipeline": known.pipeline, **unit, **settings})
    predict, *others = SCRIPTS[known.pipeline]
    copy_scripts(folder, {"predict": predict, "load": loader, **{name: name for name in others}})


def _why(known: Described) -> str:
    what = "a head like this one" if known.last is None else "this way from tokens or frames to one vector"
    return (
        f"no class of transformers computes this network ({what}), so its class is in {MODELING}.py, and "
        f"pipeline({known.pipeline!r}, model=FOLDER) runs that file only when it is given trust_remote_code"
    )
