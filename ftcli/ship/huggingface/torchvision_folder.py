"""Folders of networks of torchvision: its own names and a loader, or a class that transformers calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save_file
from torch import nn

from ftcli.models.pretrained.networks import quiet
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.described import described, trial_batches
from ftcli.ship.huggingface.equal_class import labelled
from ftcli.ship.huggingface.files import copy_scripts, write_json
from ftcli.ship.huggingface.own_class import MODELING
from ftcli.ship.huggingface.torchvision_network import built
from ftcli.ship.huggingface.transformers_folder import write_folder
from ftcli.ship.scripts.heads import modeling_torchvision


class TorchvisionWriter:
    """The `Writer` of networks of torchvision."""

    def pipeline(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.pipeline`."""
        known = described(predictor)
        made = built(known, trial_batches(predictor))
        with quiet():
            config = modeling_torchvision.Config(
                made.architecture, made.options, made.changed, maps=known.form == "maps", scale=known.scale
            )
            config = labelled(config, known)
            model = modeling_torchvision.Model(config).eval()
        nn.Module.load_state_dict(model.net, made.net.state_dict())
        config.auto_map = {"AutoConfig": f"{MODELING}.Config", known.auto: f"{MODELING}.Model"}
        model.config = config
        copy_scripts(folder, {MODELING: "modeling_torchvision"})
        write_folder(known, model, "load_own", folder)
        note = (
            f"transformers has no {made.architecture}, so its class is in {MODELING}.py, and pipeline("
            f"{known.pipeline!r}, model=FOLDER) runs that file only when it is given trust_remote_code; the format "
            "safetensors has torchvision's own names"
        )
        return [note, *made.notes]

    def weights(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.weights`."""
        known = described(predictor)
        made = built(known, trial_batches(predictor))
        save_file(dict(made.net.state_dict()), folder / "model.safetensors", {"format": "pt"})
        mean, std = (0.0, 1.0) if known.scale else known.unit
        config = {
            "architecture": made.architecture,
            "options": made.options,
            "changed": made.changed,
            "classes": known.names,
            "problem": known.problem,
            "mean": mean,
            "std": std,
            "scale": known.scale,
            "image": asdict(known.preprocess),
        }
        write_json(folder / "config.json", config)
        scripts = {"predict": "predict_torchvision", "load": "load_torchvision"}
        copy_scripts(folder, {**scripts, "images": "images", "answers": "answers"})
        return made.notes
