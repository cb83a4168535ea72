"""Export `hf`: a folder that transformers loads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.plain_pipeline import compare_plain_pipeline
from ftcli.ship.huggingface.writer import writer_of
from ftcli.ship.parity.rows import HeldOut


class HuggingFaceExporter:
    """`AutoModelFor...from_pretrained(FOLDER)` and `pipeline(TASK, model=FOLDER)` load what it writes."""

    def write(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """Fill `folder`; gives notes for the user. Raises `ExportError` for a network that it cannot write."""
        return writer_of(predictor).pipeline(predictor, folder)

    def piped(self, predictor: Predictor, folder: Path, rows: HeldOut) -> Sequence[str]:
        """How the answers of transformers' pipeline by itself compare with those of the run."""
        return compare_plain_pipeline(predictor, folder, rows)
