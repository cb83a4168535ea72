"""Outcomes of a run whose worst examples are drawn."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from PIL import Image

from ftcli.media.thumbnails import GAP, MOST_BYTES, SIDE
from ftcli.runs.inference.predictor import Predictor
from ftcli.runs.outcomes.of_run import write_run_outcomes


def check_outcomes(run: Path, metric: str) -> None:
    """Each of the worst has two pictures in one, by the best weights: those that a run made before gets, too."""
    found = json.loads((run / "outcomes.json").read_text())
    assert found["metric"] == metric
    assert found["errors"]
    pictures = {one["picture"]: (run / one["picture"]).read_bytes() for one in found["errors"]}
    for name, content in pictures.items():
        assert len(content) <= MOST_BYTES
        with Image.open(run / name) as picture:
            assert picture.height <= SIDE
            assert GAP < picture.width <= 2 * SIDE + GAP
    shutil.rmtree(run / "errors")
    write_run_outcomes(Predictor.open(run))
    assert {name: (run / name).read_bytes() for name in pictures} == pictures
    assert json.loads((run / "outcomes.json").read_text()) == found
