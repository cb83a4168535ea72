"""What `ftcli eval` prints. The figures are tested in tests/runs."""

from __future__ import annotations

import json
from pathlib import Path

from tests.running import Command
from tests.tiny import data as tiny_data


def test_figures_are_lines_or_json_and_one_run_is_scored(ftcli: Command, workplace: Path) -> None:
    tiny_data.class_folders(workplace / "photos")
    (workplace / "x.yaml").write_text(
        "task: image-classification\ndata: {source: photos, val: 0.5, image_size: 32}\nfreeze: backbone\noutput: run\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\ntraining: {epochs: 1, device: cpu}\n"
    )
    ftcli.ok("train", "x.yaml")
    lines = ftcli.ok("eval", "run").splitlines()
    found = json.loads(ftcli.ok("eval", "--checkpoint", "run", "--json"))
    assert lines[0].startswith(found["checkpoint"])
    assert f"accuracy {found['accuracy']:.4f}" in next(line for line in lines if line.startswith("val: "))
    assert {row["class"] for row in found["per_class"]} == {"blue", "red"}
    assert "give one run to score" in ftcli.refused("eval", "--checkpoint", "run", "run")
    before = {name: (Path("run") / name).read_bytes() for name in ("outcomes.json", "predictions.csv")}
    for name in before:
        (Path("run") / name).unlink()
    other = ftcli("eval", "run", "--data", "train")
    assert (other.status, other.err) == (0, "")
    added = ftcli("eval", "run", "--json")
    assert "run had no outcomes.json, and has it now: ftcli report run shows it" in added.err
    assert json.loads(added.out) == found
    assert {name: (Path("run") / name).read_bytes() for name in before} == before
    assert "outcomes.json" not in ftcli("eval", "run").err
