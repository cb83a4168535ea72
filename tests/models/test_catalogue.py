from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

from torchvision import models

from ftcli.models.catalogue import entries
from ftcli.tasks import OUTLINES, TASKS


def test_the_torchvision_part_is_what_is_installed() -> None:
    listed = {entry.name for entry in entries() if entry.source == "torchvision"}
    rooms = (models, models.segmentation, models.detection)
    names = {name for room in rooms for name in models.list_models(module=room)}
    assert listed == {f"torchvision/{name}" for name in names if not name.startswith(("keypoint", "mask"))}


def test_the_script_makes_the_file_as_it_is() -> None:
    made = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "make_catalogue.py"))
    assert made["FILE"].read_text(encoding="utf-8") == made["content"]()


def test_the_table_of_tasks_is_what_the_tasks_say() -> None:
    parts = {name: TASKS.load(name) for name in TASKS}
    assert {name: (part.inputs, part.wants, part.form) for name, part in parts.items()} == OUTLINES


def test_every_task_has_models() -> None:
    assert all(entries(None, outline.inputs[0].name, outline.form) for outline in OUTLINES.values())
    assert "torchvision/deeplabv3_resnet50" in {entry.name for entry in entries(form="maps")}


def test_patterns_and_needs_narrow_the_list() -> None:
    assert {entry.name for entry in entries("resnet5")} == {
        "torchvision/resnet50",
        "torchvision/wide_resnet50_2",
    } | {entry.name for entry in entries() if "resnet5" in entry.name}
    assert {entry.modality for entry in entries(None, "text", "vector")} == {"text"}
    assert {entry.modality for entry in entries(modality="image")} == {"image"}
    assert [entry.name for entry in entries("*vit*_16")] == [
        "torchvision/vit_b_16",
        "torchvision/vit_l_16",
    ]
    assert entries("no such") == []


def test_figures_are_the_published_ones() -> None:
    (entry,) = entries("torchvision/mobilenet_v2")
    assert (entry.parameters, entry.input_size, entry.accuracy) == (3504872, 224, 72.154)


def test_models_that_need_a_licence_are_told_apart() -> None:
    gated = {entry.name for entry in entries() if entry.gated}
    assert "google/gemma-3-270m" in gated
    assert not any(name.startswith(("torchvision/", "Qwen/")) for name in gated)


def test_listing_imports_no_torch() -> None:
    code = "import sys, ftcli.models.catalogue as c; c.entries(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
