"""What writes a format, and what every exported folder has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.parity.rows import HeldOut
from ftcli.ship.parity.weights import Pair

# Beside the network, in every folder: it needs no ftcli.
SCRIPT = "predict.py"


class Exporter(Protocol):
    """Writes one format. It is made without arguments, by its name in `ftcli.ship.FORMATS`."""

    def write(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """Write the network and `predict.py` into an empty folder; gives notes for the user.

        `predictor` has a copy of the network: whole, in eval mode, float32, on the CPU. What is written becomes an
        export only if it answers as `predictor` does (`ftcli.ship.parity`), so nothing has to be checked here. Raises
        `ExportError`, which names the operator, layer or class that stands in the way.
        """
        ...


@runtime_checkable
class Weighted(Protocol):
    """An exporter whose weights can be compared one by one with those of the network."""

    def weights(self, predictor: Predictor, folder: Path) -> Iterable[Pair]:
        """Tensors by their names: as `predictor` has them, and as `folder` has them. Those of no name are left out."""
        ...


@runtime_checkable
class Piped(Protocol):
    """An exporter whose folders another program may use without their `predict.py`, and then not quite as exactly."""

    def piped(self, predictor: Predictor, folder: Path, rows: HeldOut) -> Sequence[str]:
        """Notes on how the answers of that program compare with those of `predictor` on all rows."""
        ...


@runtime_checkable
class Undrawn(Protocol):
    """An exporter whose texts, where they are drawn at random, are not those that the run draws."""

    def compared(self, predictor: Predictor) -> Predictor:
        """What the folder is compared with in place of `predictor`."""
        ...


@runtime_checkable
class Quantising(Protocol):
    """An exporter that can also write the network with integers of 8 bits."""

    def quantise(self, folder: Path) -> tuple[str, Sequence[str]]:
        """Write it beside the network that `write` has written: the name of the file, and notes for the user."""
        ...
