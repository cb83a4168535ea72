"""ONNX: a graph that onnxruntime and many others run."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from ftcli.errors import ExportError
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.graphs.attention import DECOMPOSITIONS
from ftcli.ship.graphs.folder import write_folder
from ftcli.ship.graphs.graph import Part, graph_of, state_of
from ftcli.ship.graphs.initialisers import initialisers, matched
from ftcli.ship.graphs.quantising import quantise
from ftcli.ship.graphs.tracing import traced
from ftcli.ship.parity.likeliest import likeliest
from ftcli.ship.parity.weights import Pair
from ftcli.system.extras import check_extra

# Of onnxscript, which translates operators, onnx, which holds the graph, and onnxruntime, which checks it.
PACKAGES = ("onnx", "onnxscript", "onnxruntime")
# Bytes of weights above which they are a file of their own: a graph is at most 2 GB.
LARGEST = 1_800_000_000


class OnnxExporter:
    """Writes PART.onnx for each part of a network."""

    def __init__(self) -> None:
        for package in PACKAGES:
            check_extra(package, "onnx", "the format onnx")

    def write(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Exporter.write`."""
        return write_folder(predictor, folder, _trace, "onnx_runtime", "onnxruntime")

    def quantise(self, folder: Path) -> tuple[str, Sequence[str]]:
        """See `Quantising.quantise`."""
        return quantise(folder)

    def compared(self, predictor: Predictor) -> Predictor:
        """See `Undrawn.compared`."""
        return likeliest(predictor)

    def weights(self, predictor: Predictor, folder: Path) -> Iterator[Pair]:
        """See `Weighted.weights`."""
        for part in graph_of(predictor).parts():
            yield from matched(state_of(part), initialisers(folder / f"{part.name}.onnx"))


def _trace(part: Part, folder: Path) -> None:
    """Write `part` as ONNX. Raises `ExportError` with the operator that has no translation."""
    program = traced(part)
    size = sum(value.numel() * value.element_size() for value in program.state_dict.values())
    try:
        with _quiet():
            made = torch.onnx.export(
                program.run_decompositions(DECOMPOSITIONS),
                kwargs=dict(part.inputs),
                dynamo=True,
                input_names=list(part.inputs),
                output_names=list(part.outputs),
                dynamic_shapes={name: dict(part.dynamic.get(name, {})) for name in part.inputs},
                verbose=False,
            )
        assert made is not None
        made.save(str(folder / f"{part.name}.onnx"), external_data=size > LARGEST)
    except Exception as error:
        raise ExportError(f"{part.name}: ONNX cannot hold it: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """The operator of an error, or its last sentence."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says of its own steps."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
