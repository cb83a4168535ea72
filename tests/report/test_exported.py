"""What the folder of an export holds."""

from __future__ import annotations

from pathlib import Path

from ftcli.report.exported import Exported, read_exported
from tests.report.making import write_json


def test_the_format_and_whether_transformers_loads_it(tmp_path: Path) -> None:
    assert read_exported(tmp_path / "onnx") == Exported("onnx")
    write_json(tmp_path / "x/export.json", {"format": "hf"})
    write_json(tmp_path / "x/config.json", {})
    write_json(tmp_path / "x/settings.json", {"pipeline": "fill-mask"})
    assert read_exported(tmp_path / "x") == Exported("hf", "", True, "fill-mask")
    notes = {"notes": ["pipeline('x') takes y: take that of predict.py"], "checkpoint": "epoch-0001"}
    write_json(tmp_path / "x/export.json", {"format": "hf", **notes})
    assert read_exported(tmp_path / "x") == Exported("hf", "epoch-0001", True)
    write_json(tmp_path / "x/export.json", {"format": "hf"})
    write_json(tmp_path / "x/config.json", {"auto_map": {}})
    assert read_exported(tmp_path / "x").pipeline == ""
    (tmp_path / "x/export.json").write_text("[")
    assert read_exported(tmp_path / "x").format == "x"
