"""A run without the images that cannot be read: it says which, and keeps to the others."""

from __future__ import annotations

import json
from pathlib import Path

from tests.mistakes.case import IMAGES
from tests.running import Command
from tests.tiny import data as tiny_data


def test_a_run_without_broken_images(ftcli: Command) -> None:
    tiny_data.split_folders(Path("photos"), {"train": 4, "val": 3})
    for name in ("train/red/page.jpg", "val/blue/page.jpg"):
        Path("photos", name).write_text("<html>")
    Path("x.yaml").write_text(IMAGES)
    assert "data.bad_files: skip" in ftcli.refused("train", "x.yaml")
    assert not Path("runs").exists()

    shown = ftcli.ok("train", "x.yaml", "data.bad_files=skip")
    assert "1 of the 9 images in photos/train cannot be used and are left out" in shown
    skipped = Path("runs/x/skipped.txt").read_text().splitlines()
    assert [line.split(" is not")[0] for line in skipped] == [
        "photos/train/red/page.jpg",
        "photos/val/blue/page.jpg",
    ]

    evaluation = json.loads(ftcli.ok("eval", "--checkpoint", "runs/x", "--json"))
    assert evaluation["examples"] == 6
    assert evaluation["accuracy"] == json.loads(Path("runs/x/summary.json").read_text())["val"]["accuracy"]
    assert "left out: 2 examples of this run's data" in ftcli.ok("eval", "--checkpoint", "runs/x")
    predicted = ftcli("predict", "--checkpoint", "runs/x", "photos/train")
    assert (predicted.status, len(predicted.out.splitlines())) == (3, 9)
    for answer in (predicted.err, ftcli.refused("predict", "runs/x", "photos/train", "--bad-files", "fail")):
        assert (
            "1 of the 9 images to predict cannot be used: photos/train/red/page.jpg is not an image" in answer
        )
    scored = ftcli("eval", "--checkpoint", "runs/x", "--data", "photos")
    assert (scored.status, "photos/val/blue/page.jpg is not an image" in scored.err) == (3, True)
    refused = ftcli.refused("eval", "runs/x", "--data", "photos", "--bad-files", "fail")
    assert "page.jpg is not an image" in refused


def test_nothing_is_said_where_nothing_is_broken(ftcli: Command) -> None:
    tiny_data.split_folders(Path("photos"), {"train": 4, "val": 3})
    Path("x.yaml").write_text(IMAGES)
    assert "left out" not in ftcli.ok("train", "x.yaml", "data.bad_files=skip")
    assert not Path("runs/x/skipped.txt").exists()


def test_a_file_that_looks_whole_is_named_with_what_to_do(ftcli: Command) -> None:
    """Its first and last bytes are right, so only training finds it."""
    tiny_data.split_folders(Path("photos"), {"train": 4, "val": 3})
    content = bytearray(tiny_data.image(Path("photos/train/red/z.png"), size=(200, 200)).read_bytes())
    content[500:900] = bytes(400)
    Path("photos/train/red/z.png").write_bytes(content)
    Path("x.yaml").write_text(IMAGES)
    refused = ftcli.refused("train", "x.yaml", "data.bad_files=skip")
    assert "z.png cannot be decoded" in refused
    assert "remove this one, too" in refused
    assert not Path("runs").exists()
