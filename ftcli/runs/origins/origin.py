"""origin.json of a run: ids and revisions on the hub, and what the folders of weights and data state."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from ftcli.config.schema import Data, Model
from ftcli.data import SOURCES
from ftcli.errors import UserError
from ftcli.models.request import TORCHVISION
from ftcli.report.origin import VERSION
from ftcli.runs.origins.stated import Stated, stated_in
from ftcli.runs.session import Session

_REVISION = re.compile(r"[0-9a-f]{40}")


def origin(session: Session) -> dict[str, Any]:
    """The document. Nothing is fetched, and what is not known is left out."""
    experiment = session.experiment
    return {
        "version": VERSION,
        "weights": _weights(experiment.model, session.backbone.source),
        "data": _data(experiment.data),
    }


def _weights(model: Model, source: str) -> dict[str, Any]:
    name = model.backbone
    if name.startswith(TORCHVISION):
        return _torchvision(name.removeprefix(TORCHVISION), source.removeprefix(f"{name}@"))
    if model.weights is not None or source.endswith("@none"):
        return {}
    from ftcli.models.pretrained.hub import is_folder, resolve

    if is_folder(name):
        return _folder(Path(name))
    with suppress(UserError):
        folder = resolve(name, weights=False)
        revision = {"revision": folder.name} if _REVISION.fullmatch(folder.name) else {}
        return {"hub": name, **revision, **stated_in(folder).document()}
    return {"hub": name}


def _torchvision(name: str, weights: str) -> dict[str, Any]:
    """What torchvision states of its published weights."""
    from torchvision import models

    with suppress(ValueError, KeyError):
        link = models.get_model_weights(name)[weights].meta.get("license")
        if isinstance(link, str):
            return Stated({"link": link, "stated_in": "torchvision"}).document()
    return {}


def _data(data: Data) -> dict[str, Any]:
    """A folder, or a data set of the hub; the folder around a single file may hold anything."""
    if data.source is None or data.source in SOURCES:
        return {}
    if Path(data.source).is_dir():
        return _folder(Path(data.source))
    from ftcli.models.pretrained.hub import is_folder

    return {} if is_folder(data.source) or Path(data.source).exists() else {"hub": data.source}


def _folder(folder: Path) -> dict[str, Any]:
    return stated_in(folder.expanduser()).document()
