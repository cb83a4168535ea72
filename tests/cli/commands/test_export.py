"""`ftcli export`: what is refused before anything is loaded."""

from __future__ import annotations

from pathlib import Path

from tests.report.making import make_run
from tests.running import Command


def test_what_is_refused(ftcli: Command, workplace: Path) -> None:
    make_run(workplace / "a")
    assert "no export format is called 'onx'. Did you mean 'onnx'?" in ftcli.refused("export", "a", "onx")
    assert "say in which format: one or more of hf, onnx, torch, safetensors" in ftcli.refused("export", "a")
    assert "--int8 is for onnx" in ftcli.refused("export", "a", "torch", "--int8")
    assert "the first argument is the run, and onnx does not exist" in ftcli.refused("export", "onnx")
    (workplace / "a/export/onnx").mkdir(parents=True)
    assert "a/export/onnx is there already: choose another" in ftcli.refused("export", "a", "onnx")
