"""torch.export: a program that PyTorch runs without the code of the network."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.graphs.folder import write_folder
from ftcli.ship.graphs.graph import Part, graph_of, state_of
from ftcli.ship.graphs.tracing import traced
from ftcli.ship.parity.likeliest import likeliest
from ftcli.ship.parity.weights import Pair


class TorchExporter:
    """Writes PART.pt2 for each part of a network."""

    def write(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Exporter.write`."""
        return write_folder(predictor, folder, _trace, "torch_runtime", "torch")

    def compared(self, predictor: Predictor) -> Predictor:
        """See `Undrawn.compared`."""
        return likeliest(predictor)

    def weights(self, predictor: Predictor, folder: Path) -> Iterator[Pair]:
        """See `Weighted.weights`."""
        for part in graph_of(predictor).parts():
            program = torch.export.load(folder / f"{part.name}.pt2")
            found = {name: value.numpy(force=True) for name, value in program.state_dict.items()}
            state = state_of(part)
            yield from ((name, state[name], value) for name, value in found.items() if name in state)


def _trace(part: Part, folder: Path) -> None:
    program = traced(part)
    with warnings.catch_warnings():
        # Of weights that share memory, which are on the CPU.
        warnings.filterwarnings("ignore", message="No complete tensor found")
        torch.export.save(program, folder / f"{part.name}.pt2")
