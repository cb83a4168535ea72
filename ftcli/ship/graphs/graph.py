"""What a network is as graphs: the parts to trace, and the script that puts them to work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray
from torch import Tensor, nn

from ftcli.errors import ExportError
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.graphs import GRAPHS

# What a script reads beside the networks, and the only part of most graphs: the whole network.
SETTINGS = "preprocess.json"
WHOLE = "model"


@dataclass(frozen=True, slots=True)
class Part:
    """A network to trace, which becomes one file: `module(**inputs)` gives a tensor, or tensors by name.

    `inputs` are an example with two rows or more, and with sizes that are not 0 or 1 on all axes of `dynamic`, which
    has for each input its axes that may have any size, by the name of the size. `outputs` are the names of what it
    gives.
    """

    name: str
    module: nn.Module
    inputs: Mapping[str, Tensor]
    dynamic: Mapping[str, Mapping[int, str]]
    outputs: tuple[str, ...] = ("outputs",)


class Graph(Protocol):
    """A network of one form. A class of `GRAPHS`, made with a predictor whose network is whole, float32, on the CPU.

    `sections` are files of `ftcli.ship.scripts` that, behind the one that runs the parts (`run(part, inputs)`), become
    predict.py: together they define `network` and `predict`. `needs` are the packages that they import, by the names of
    pip, and `notes` what the user should know.
    """

    def __init__(self, predictor: Predictor) -> None: ...
    @property
    def sections(self) -> Sequence[str]: ...
    @property
    def needs(self) -> Sequence[str]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    def parts(self) -> Sequence[Part]:
        """What is traced. Raises `ExportError` for what cannot be."""
        ...

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """What `preprocess.json` says; further files that the script reads are written into `folder`."""
        ...


def state_of(part: Part) -> dict[str, NDArray[Any]]:
    """The weights and running statistics of a part by name."""
    return {name: value.numpy(force=True) for name, value in part.module.state_dict().items()}


def graph_of(predictor: Predictor) -> Graph:
    """The graph of a predictor's network. Raises `ExportError` for a form that cannot be traced."""
    form = predictor.trained.caching.backbone.form
    if form not in GRAPHS:
        raise ExportError(f"a network of the form {form!r} cannot be traced")
    graph: Graph = GRAPHS.load(form)(predictor)
    return graph
