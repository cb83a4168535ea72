"""A network that ftcli reads back from a folder that it has exported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch

from ftcli.config.schema import Model
from ftcli.contracts import Form
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.runs.inference.predictor import Predictor


def check_reads_back(run: Path, folder: Path, form: Form, modality: str, texts: Iterable[str] = ()) -> None:
    """The network of the run is that of `model.backbone: FOLDER`, to the last bit, but for new layers."""
    request = Request(Model(str(folder)), modality, texts=lambda: texts, outputs=2)
    backbone = load_backbone(form, request)
    ours = Predictor.open(run).model.backbone.state_dict()
    theirs = backbone.module.state_dict()
    assert ours.keys() == theirs.keys()
    new = tuple(f"{path}." for path in backbone.head)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours if not name.startswith(new or ("\0",)))
