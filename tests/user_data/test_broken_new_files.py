"""New files of which one is broken: a photo that is cut off, a sound that is none, a text in another encoding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Target
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.splits import open_split
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError
from tests.running import Command
from tests.tiny import data as tiny
from tests.tiny import sounds

CONFIG = """
task: image-classification
data: {source: photos, image_size: 32, val: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 1, device: cpu}
"""
SKIP = Data(bad_files="skip")


def cut(path: Path) -> Path:
    """An image that ends too soon."""
    whole = tiny.image(path, size=(200, 200)).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


@pytest.fixture
def new(workplace: Path) -> Path:
    """Two whole images and one that is cut off."""
    for name in ("a.png", "c.png"):
        tiny.image(workplace / "new" / name)
    cut(workplace / "new/b.png")
    return workplace / "new"


def test_the_command(ftcli: Command, new: Path) -> None:
    tiny.class_folders(Path("photos"))
    Path("x.yaml").write_text(CONFIG)
    ftcli.ok("train", "x.yaml")
    assert "--bad-files skip" in ftcli.refused("predict", "runs/x", "new")
    assert "--bad-files skip" in ftcli.refused("predict", "runs/x", "new", "--output", "p.json")
    assert not Path("p.json").exists()
    for name in ("p.csv", "p.json"):
        result = ftcli("predict", "runs/x", "new", "--bad-files", "skip", "--output", name)
        assert (result.status, result.out) == (3, f"2 predictions in {name}\n")
        assert result.err.startswith(
            "not predicted: 1 of the 3 images to predict cannot be used: new/b.png cannot be"
        )
    assert [row["id"] for row in json.loads(Path("p.json").read_text())] == ["new/a.png", "new/c.png"]

    Path("t.csv").write_text("image\nnew/c.png\nnew/b.png\nnew/gone.png\n")
    result = ftcli("predict", "runs/x", "--input", "t.csv", "--bad-files", "skip")
    assert (result.status, result.out.splitlines()[1][:2], len(result.out.splitlines())) == (3, "1,", 2)
    assert "not predicted: 2 of the 3 images in t.csv cannot be used" in result.err
    assert "t.csv:3: new/b.png" in result.err
    assert "t.csv:4: new/gone.png does not exist" in result.err

    cut(Path("photos/red/x.png"))
    assert "--bad-files skip" in ftcli.refused("eval", "runs/x", "--data", "photos")
    result = ftcli("eval", "runs/x", "--data", "photos", "--bad-files", "skip", "--json")
    assert (result.status, json.loads(result.out)["examples"]) == (3, 8)
    assert "not scored: 1 of the 9 images in photos cannot be used" in result.err
    assert "--bad-files skip" in ftcli.refused("eval", "runs/x", "--data", "train")
    assert "1 example of this run's data" in ftcli.ok(
        "eval", "runs/x", "--data", "train", "--bad-files", "skip"
    )


def test_files_that_look_whole(ftcli: Command, new: Path) -> None:
    """The first and the last bytes of the image are right."""
    content = bytearray(tiny.image(new / "b.png", size=(200, 200)).read_bytes())
    content[500:900] = bytes(400)
    (new / "b.png").write_bytes(content)
    tiny.class_folders(Path("photos"))
    Path("x.yaml").write_text(CONFIG)
    ftcli.ok("train", "x.yaml")
    assert "b.png cannot be decoded" in ftcli.refused("predict", "runs/x", "new", "--bad-files", "fail")
    result = ftcli("predict", "runs/x", "new", "--bad-files", "skip")
    assert (result.status, [line.split(",")[0] for line in result.out.splitlines()]) == (
        3,
        ["id", "new/a.png", "new/c.png"],
    )
    assert "not predicted: new/b.png cannot be decoded" in result.err
    (new / "b.png").rename("photos/red/b.png")
    result = ftcli("eval", "runs/x", "--data", "photos", "--bad-files", "skip", "--json")
    assert (result.status, json.loads(result.out)["examples"]) == (3, 8)
    assert "not scored: photos/red/b.png cannot be decoded" in result.err


def broken(folder: Path, modality: str) -> list[Path]:
    """A whole file and a broken one."""
    if modality == "image":
        return [tiny.image(folder / "a.png"), cut(folder / "b.png")]
    if modality == "audio":
        (folder / "b.wav").write_bytes(b"RIFF")
        return [sounds.sound(folder / "a.wav"), folder / "b.wav"]
    (folder / "a.txt").write_text("a text")
    (folder / "b.txt").write_bytes("über".encode("latin-1"))
    return [folder / "a.txt", folder / "b.txt"]


@pytest.mark.parametrize("modality", ["image", "audio", "text"])
def test_each_modality(tmp_path: Path, modality: str) -> None:
    files, inputs = broken(tmp_path, modality), (MODALITIES[modality],)
    with pytest.raises(DataError, match=r"b\.\w+ .* or leave them out by --bad-files skip"):
        open_unlabelled(inputs, files, None, Data())
    split = open_unlabelled(inputs, files, None, SKIP)
    assert [one.id for one in (split[index] for index in range(len(split)))] == [str(files[0])]
    assert (
        f"1 of the 2 {modality if modality != 'audio' else 'sound'}s to predict cannot be used"
        in split.left_out
    )
    with pytest.raises(DataError, match=r"1 of the 1 \w+ to predict cannot be used") as caught:
        open_unlabelled(inputs, files[1:], None, SKIP)
    assert "--bad-files" not in str(caught.value)


def test_files_that_are_gone(new: Path) -> None:
    split = open_unlabelled((MODALITIES["image"],), ["new/a.png", "new/gone.png"], None, SKIP)
    assert len(split) == 1
    assert "no such file or folder" in split.left_out


@pytest.mark.parametrize("argument", ["new", "new/**/*.png", "new/*"])
def test_thumbnails_are_not_predicted(new: Path, argument: str) -> None:
    (new / "b.png").unlink()
    for name in ("a", "c"):
        tiny.image(new / "@eaDir" / f"{name}.png" / "SYNOPHOTO_THUMB_S.png")
    split = open_unlabelled((MODALITIES["image"],), [argument], None, Data())
    assert [split[index].id for index in range(len(split))] == ["new/a.png", "new/c.png"]
    assert any(note.startswith("to predict: 2 images hidden or kept by a system") for note in split.notes)


def test_a_folder_of_a_test_split_alone_is_scored(tmp_path: Path) -> None:
    tiny.split_folders(tmp_path, {"test_set": 2, "valid": 1})
    target, inputs = Target("single-label", ("blue", "red")), (MODALITIES["image"],)
    split = open_split(
        Data(source="gone"), str(tmp_path), inputs=inputs, wants="category", target=target, places={}
    )
    assert (len(split), split.notes) == (4, (f"{tmp_path / 'test_set'} is scored",))


def test_scored_data_has_its_notes(tmp_path: Path) -> None:
    tiny.split_folders(tmp_path / "photos", {"train": 2, "test": 2}, ("blue", "green", "red"))
    (tmp_path / "photos/test/red/notes.md").write_text("x")
    target = Target("single-label", ("blue", "red"))
    data = Data(source="gone", classes=("blue", "red"))
    split = open_split(
        data,
        str(tmp_path / "photos"),
        inputs=(MODALITIES["image"],),
        wants="category",
        target=target,
        places={},
    )
    assert split.notes == (
        f"{tmp_path / 'photos/test'} is scored",
        f"{tmp_path / 'photos/test'}: files that are not images were not read: .md (1)",
        f"{tmp_path / 'photos/test'}: 4 of 6 examples have one of the 2 classes",
    )
