"""Names in GBK or Shift-JIS, as archives made on other systems unpack to: of folders, classes, images and sounds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import AUDIO, IMAGE
from ftcli.data.inventory import inventory
from ftcli.data.splits import open_splits
from ftcli.data.unlabelled import open_unlabelled
from tests.data.opening import opened
from tests.running import Command
from tests.tiny import data as tiny
from tests.tiny import sounds

SHOWN = "\\udcb2\\udce2"  # of the first character


def gbk(text: str) -> str:
    """A text in the bytes of another system, as Python gives the name of such a file."""
    return os.fsdecode(text.encode("gbk"))


NAME = gbk("测试")


@pytest.fixture
def photos(workplace: Path) -> Path:
    """A folder, class folders and images with such names; one image is broken."""
    for colour in ("blue", "red"):
        for number in range(4):
            tiny.image(
                Path(NAME) / gbk(f"试{colour}") / f"{NAME}{number}.png", tiny.COLOURS[colour], seed=number
            )
    (Path(NAME) / gbk("试red") / f"{NAME}9.png").write_bytes(b"no image")
    return Path(NAME)


def test_a_run_from_training_to_predictions(ftcli: Command, photos: Path) -> None:
    Path("x.yaml").write_text(
        "task: image-classification\ndata: {source: photos, image_size: 32, val: 0.25, bad_files: skip}\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\n"
        "training: {epochs: 1, device: cpu, keep_state: true}\n"
    )
    printed = ftcli.ok("train", "x.yaml", f"data.source={photos}")
    assert f"1 of the 9 images in {SHOWN}" in printed
    run = Path("runs/x")
    for name in ("data.json", "model/target.json", "experiment.yaml", "skipped.txt", "log.txt"):
        assert "\\udc" in (run / name).read_text(encoding="utf-8").lower(), name
    ftcli.ok("eval", run)
    ftcli.ok("train", "--resume", run, "training.epochs=2")
    good = photos / gbk("试red") / f"{NAME}0.png"
    assert SHOWN in ftcli.ok("predict", run, good)
    for name in ("p.csv", "p.json"):
        ftcli.ok("predict", run, good, "--output", name)
        assert f"{SHOWN}\\udcca\\udcd40.png" in Path(name).read_text(encoding="utf-8")
    left = ftcli("predict", run, photos)  # the run was trained with data.bad_files: skip
    assert left.status == 3
    assert f"{SHOWN}\\udcca\\udcd49.png" in left.err


def test_sounds(tmp_path: Path) -> None:
    for number in range(4):
        folder = tmp_path / "ab"[number % 2]
        sounds.sound(folder / "new.wav").rename(folder / f"{NAME}{number}.wav")
    splits = opened(Data(source=str(tmp_path), val=0.0), "audio")
    assert len(inventory(splits)["train"]["each"]) == 4
    assert len(open_unlabelled((AUDIO,), [str(tmp_path)], None, Data())) == 4


def test_paths_on_standard_input(tmp_path: Path, piped: Callable[[str | bytes], None]) -> None:
    image = tiny.image(tmp_path / f"{NAME}.png")
    piped(os.fsencode(image) + b"\n")
    assert open_unlabelled((IMAGE,), ["-"], None, Data())[0].inputs["image"] == image


@pytest.mark.parametrize("encoding", ["gbk", "cp932"])
def test_a_table_names_files_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    written = [f"試験{number}.png" for number in range(4)]
    files = [tiny.image(tmp_path / os.fsdecode(name.encode(encoding))) for name in written]
    rows = [{"image": name, "label": "ab"[n % 2]} for n, name in enumerate(written)]
    splits = open_splits(
        Data(train=str(tiny.table(tmp_path / "a.csv", rows)), val=0.0),
        inputs=(IMAGE,), wants="category", seed=0, places={},
    )  # fmt: skip
    assert [splits.train[n].inputs["image"] for n in range(4)] == files
    assert any(f"in the encoding {encoding} (4)" in note for note in splits.notes)
    inventory(splits)
