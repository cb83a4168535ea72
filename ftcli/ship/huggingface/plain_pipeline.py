"""How `pipeline(TASK, model=FOLDER)` compares with the run, where transformers prepares images a little otherwise.

Its image processor cuts some images one pixel aside, does not cut a panorama first, and puts no white behind what is
transparent. That needs no code of the folder, which would not be run without a question; `predict.py` is exact.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.files import SETTINGS
from ftcli.ship.parity.check import chunks
from ftcli.ship.parity.process import Process
from ftcli.ship.parity.rows import HeldOut, raw_inputs
from ftcli.ship.scripts import heads
from ftcli.system import signals

# What calls it, by the kind of pipeline.
_SCRIPTS = {"image-classification": Path(str(heads.__file__)).with_name("plain_image.py")}


def compare_plain_pipeline(predictor: Predictor, folder: Path, rows: HeldOut) -> list[str]:
    """A note with how many labels are the same and the largest difference of a number, on all rows.

    There is none where the pipeline prepares its inputs as `predict.py` does, or runs code of the folder.
    """
    script = _script(folder)
    if script is None:
        return []
    count = same = 0
    largest = 0.0
    with tempfile.TemporaryDirectory(prefix="ftcli-") as files, Process(folder, script=script) as process:
        for examples in chunks(rows):
            signals.check()
            asked = [predictor.task.unanswered(example) for example in examples]
            found, _ = process.call("predict", [raw_inputs(one, Path(files)) for one in asked])
            for example, prediction, others in zip(asked, predictor.predict(asked), found, strict=True):
                numbers, words = _apart(prediction.values(example)[0])
                other_numbers, other_words = _apart(others[0])
                count += 1
                same += words == other_words
                largest = max(largest, *(abs(value - other_numbers[name]) for name, value in numbers.items()))
    return [
        f"transformers' pipeline(...) by itself prepares images a little otherwise: {same} of {count} answers are the "
        f"same, and no number differs by more than {largest:.2g}; predict.py is exact"
    ]


def _script(folder: Path) -> Path | None:
    """What calls the pipeline of a folder whose class and image processor are those of transformers."""
    settings = folder / SETTINGS
    if not settings.is_file() or "auto_map" in json.loads((folder / "config.json").read_text("utf-8")):
        return None
    known = json.loads(settings.read_text("utf-8"))
    if known.get("image", {}).get("squash"):
        return None
    return _SCRIPTS.get(known.get("pipeline", ""))


def _apart(row: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, Any]]:
    """The numbers of a row, and its labels."""
    numbers = {name: value for name, value in row.items() if isinstance(value, int | float)}
    others = {name: value for name, value in row.items() if name not in numbers}
    return numbers, {
        name: list(value) if isinstance(value, tuple) else value for name, value in others.items()
    }
