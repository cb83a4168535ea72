"""An ftcli run as the backbone of another, as its weights, or as both."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from ftcli.config.schema import Model
from ftcli.errors import RunError
from ftcli.models.load import FILE
from ftcli.models.request import TORCHVISION
from ftcli.runs.checkpoints import retention, storage
from ftcli.runs.directory import RunDirectory


def from_run(model: Model) -> Model:
    """`model` with a folder or a file where it names an ftcli run, its `model` folder, or one of its checkpoints.

    A run as the backbone has the weights of its best checkpoint, unless `weights` says otherwise. Raises `RunError` for
    a run without a checkpoint.
    """
    run = _run(model.backbone)
    if run is None:
        return replace(model, weights=_weights(model.weights))
    saved = _saved(run)
    weights = _weights(model.weights or str(run.path))
    detector = model.detector or saved.get("kind")
    return replace(model, backbone=saved["backbone"], weights=weights, detector=detector)


def _run(named: str) -> RunDirectory | None:
    folder = Path(named)
    if folder.name == "model" and (folder / FILE).is_file():
        folder = folder.parent
    return RunDirectory(folder) if named and (folder / "experiment.yaml").is_file() else None


def _saved(run: RunDirectory) -> dict[str, Any]:
    """What rebuilds the network, or what its detector was put on. `backbone` is its folder, or its torchvision name."""
    try:
        saved = dict(json.loads((run.model / FILE).read_text(encoding="utf-8")))
        saved = {**saved.get("on", {}), **saved}
        saved["backbone"] = (
            f"{TORCHVISION}{saved['name']}" if saved["source"].startswith(TORCHVISION) else str(run.model)
        )
        return saved
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{run.model / FILE}: cannot be read, so the run cannot be a backbone ({error})"
        ) from error


def _weights(named: str | None) -> str | None:
    """What `model.weights` names; for a run or one of its checkpoints, the file that has the weights."""
    if not named:
        return named
    folder = Path(named)
    if (folder / "experiment.yaml").is_file():
        folder = retention.best(RunDirectory.existing(folder).checkpoints)
    elif not (folder / storage.STATE).is_file():
        return named
    return str(folder / storage.MODEL)
