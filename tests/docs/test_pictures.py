"""The pictures of README are drawn from real runs, are small, and ask no other host for anything."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text

from tests.docs.written import DOCS, ROOT
from tests.tiny import data as tiny_data

IMAGES = """
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32, cache: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 1, device: cpu, precision: fp32}
"""


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`scripts/draw_screen.py` as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the test runner keeps its own
    return importlib.import_module("draw_screen")


def foreign(svg: str) -> list[str]:
    """Addresses in a picture that a browser would ask."""
    return re.findall(r"""(?:url\(|href=|src=)["']?\s*\w+://[^"')]*""", svg)


def test_the_screen_of_a_real_run_is_drawn(draw: Any, workplace: Path) -> None:
    tiny_data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    (workplace / "my.yaml").write_text(IMAGES)
    before = sys.argv
    svg = draw.screen(["train", "my.yaml", "output=runs/one"])
    words = re.sub(r"&#160;|\s+", " ", re.sub(r"<[^>]+>", " ", svg))
    assert "$ ftcli train my.yaml output=runs/one" in words
    assert "image-classification" in words
    assert "runs/one" in words
    assert (workplace / "runs/one/summary.json").is_file()
    assert not foreign(svg)
    assert sys.argv is before


def test_a_command_that_fails_draws_nothing(draw: Any, workplace: Path) -> None:
    with pytest.raises(SystemExit):
        draw.screen(["train", "none.yaml"])


def test_epochs_in_the_middle_are_left_out(draw: Any) -> None:
    lines = [Text("plan"), *(Text(f"epoch {n:>2}/40  train loss 1.0") for n in range(1, 41)), Text("end")]
    shown = [line.plain for line in draw._shortened(lines)]
    assert shown[0] == "plan"
    assert shown[4] == "  ... 35 more epochs"
    assert shown[-1] == "end"
    assert len(shown) == 1 + 3 + 1 + 2 + 1
    few = lines[:6]
    assert draw._shortened(few) == few


def test_the_pictures_that_are_here() -> None:
    svg = (DOCS / "pages/images/screen.svg").read_text(encoding="utf-8")
    assert not foreign(svg)
    assert (DOCS / "pages/images/screen.svg").stat().st_size < 200_000
    assert (DOCS / "pages/images/report.png").stat().st_size < 200_000
