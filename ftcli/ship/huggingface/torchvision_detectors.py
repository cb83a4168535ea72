"""Writes detectors of torchvision: whole ones under its own names, and new ones on the maps of its classifiers."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor, nn

from ftcli.errors import ExportError
from ftcli.models.detection import kinds, pyramid
from ftcli.models.detection.feature_taps import FeatureMaps
from ftcli.models.detection.new_head import strides_of
from ftcli.models.detection.torchvision_network import TorchvisionDetector
from ftcli.models.request import TORCHVISION
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.files import copy_scripts, write_json
from ftcli.ship.scripts.huggingface import load_detector_own, load_detector_torchvision

CONFIG, WEIGHTS = "config.json", "model.safetensors"
SHARED = {name: name for name in ("images", "whole_images")}


def write(predictor: Predictor, facts: Mapping[str, Any], folder: Path) -> Sequence[str]:
    """Write the detector of a run, of which `predict.py` needs to know `facts`.

    Raises `ExportError` for one on a network that torchvision does not have.
    """
    module: Any = predictor.model.backbone
    config = {
        "library": "torchvision",
        "task": "object-detection",
        "classes": list(predictor.target.classes),
        "background": module.background,
        **facts,
    }
    own = "kind" in module.origin
    config |= _own(predictor, module) if own else {"architecture": module.origin["name"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = (
            partial(load_detector_own.made, kinds=kinds, pyramid=pyramid)
            if own
            else load_detector_torchvision.made
        )
        net = made(config)
    state = _state(module, net)
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
    write_json(folder / CONFIG, config)
    loader = "load_detector_own" if own else "load_detector_torchvision"
    copy_scripts(folder, {"predict": "predict_boxes_torchvision", "load": loader, **SHARED})
    if not own:
        return [f"transformers has no {config['architecture']}: load.py loads it by torchvision"]
    for file in (kinds, pyramid):
        shutil.copyfile(str(file.__file__), folder / Path(str(file.__file__)).name)
    return ["neither transformers nor torchvision has this detector as a whole: load.py puts it together"]


def _own(predictor: Predictor, module: TorchvisionDetector) -> dict[str, Any]:
    """What puts a new detector together again."""
    source, extract = predictor.trained.caching.backbone.source, module._extract
    assert isinstance(extract, FeatureMaps)
    odd = next((tap.layout for tap in extract.taps if tap.layout == "tokens"), None)
    if not source.startswith(TORCHVISION) or odd is not None:
        what = "the maps of tokens" if odd is not None else "a network of transformers"
        raise ExportError(
            f"hf: {type(module.head).__name__} on {what} ({source}) is a network that neither torchvision nor "
            "transformers puts together: export it as torch or onnx"
        )
    origin = module.origin
    return {
        "architecture": module.backbone.name,
        "kind": origin["kind"],
        "width": origin["width"],
        "strides": strides_of(extract),
        "taps": [{**asdict(tap), "path": tap.path.removeprefix("net.")} for tap in extract.taps],
    }


def _state(module: TorchvisionDetector, net: nn.Module) -> dict[str, Tensor]:
    """The trained weights under the names of `net`. Raises `ExportError` where one has no place."""
    renamed = {_renamed(name): value for name, value in module.state_dict().items()}
    wanted = net.state_dict()
    missing = sorted(wanted.keys() - renamed.keys())
    odd = [name for name in wanted if name in renamed and wanted[name].shape != renamed[name].shape]
    if missing or odd:
        raise ExportError(f"hf: torchvision's network has another layer {(missing or odd)[0]}")
    return _apart({name: renamed[name] for name in wanted})


def _renamed(name: str) -> str:
    if name.startswith("neck."):
        return f"backbone.{name}"
    return name.removeprefix("head.")


def _apart(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors that share no memory, as the format wants."""
    return {name: value.detach().clone().contiguous() for name, value in state.items()}
