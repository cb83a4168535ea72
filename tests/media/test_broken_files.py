"""Twenty files that no decoder reads among two hundred: all named at once before training, or all left out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.sources.folder import media_files
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import DataError
from ftcli.media.broken_files import SHOWN, BrokenFiles
from ftcli.media.formats import IMAGE_FILES
from ftcli.media.images import decode
from tests.tiny import boxes as tiny_boxes
from tests.tiny import data as tiny
from tests.tiny import masks as tiny_masks

Make = Callable[[Path], object]


def cut(share: float) -> Make:
    """An image of which this share is there."""

    def make(path: Path) -> None:
        content = tiny.image(path, size=(64, 64)).read_bytes()
        path.write_bytes(content[: int(share * len(content))])

    return make


def text(content: str | bytes) -> Make:
    return lambda path: path.write_bytes(content.encode() if isinstance(content, str) else content)


BAD: dict[str, Make] = {
    "cut.jpg": cut(0.5),
    "nearly.jpg": cut(0.99),
    "head.jpg": cut(0.01),
    "cut.png": cut(0.5),
    "cut.gif": cut(0.5),
    "cut.webp": cut(0.5),
    "cut.bmp": cut(0.5),
    "cut.tif": cut(0.5),
    "cut.ppm": cut(0.5),
    "empty.jpg": text(""),
    "text.jpg": text("a red image\n"),
    "page.jpg": text("<!DOCTYPE html><html><body>404 Not Found</body></html>"),
    "pointer.png": text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
    "zeros.png": text(bytes(5000)),
    "magic.png": text(b"\x89PNG\r\n\x1a\n" + bytes(100)),
    "other.jpg": text(b"%PDF-1.7\n"),
    "pipe.jpg": os.mkfifo,
    "folder.jpg": lambda path: path.mkdir(),
    "gone.jpg": lambda path: path.symlink_to("nowhere.jpg"),
    "itself.jpg": lambda path: path.symlink_to(path.name),
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """180 whole images of two colours, and one of each of the broken ones among them: in both splits."""
    root = tmp_path_factory.mktemp("photos")
    tiny.split_folders(root, {"train": 70, "val": 20})
    for number, (name, make) in enumerate(BAD.items()):
        make(root / ("val" if number % 4 == 3 else "train") / ("blue", "red")[number % 2] / name)
    return root


def opened(data: Data) -> Splits:
    return open_splits(data, inputs=(IMAGE,), wants="category", seed=0, places={})


def test_all_are_named_at_once(photos: Path) -> None:
    with pytest.raises(DataError) as caught:
        opened(Data(source=str(photos)))
    words = str(caught.value)
    assert [name for name in BAD if words.count(f"/{name}") < 1] == []
    assert "15 of the 155 images in" in words
    assert "5 of the 45 images in" in words
    assert words.endswith(
        "Replace or remove them, or leave them out by data.bad_files: skip (eval: --bad-files skip)"
    )
    assert len(words.splitlines()) == len(BAD) + 3


def test_all_are_left_out(photos: Path) -> None:
    splits = opened(Data(source=str(photos), bad_files="skip"))
    assert splits.val is not None
    assert (len(splits.train), len(splits.val)) == (140, 40)
    for split, size in ((splits.train, 70), (splits.val, 20)):
        examples = [split[index] for index in range(len(split))]
        assert all(Path(one.inputs["image"]).name not in BAD for one in examples)
        assert [one.target for one in examples] == [one.id.split("/")[0] for one in examples]
        assert [sum(one.target == name for one in examples) for name in ("blue", "red")] == [size, size]
    assert splits.target.counts == (70, 70)
    assert [name for name in BAD if not any(name in line for line in splits.skipped)] == []
    assert any("15 of the 155 images" in note and "are left out" in note for note in splits.notes)


@pytest.mark.parametrize(
    ("make", "ending"), [(tiny.table, "csv"), (tiny.jsonl, "jsonl"), (tiny.parquet, "parquet")]
)
def test_a_table_of_them(photos: Path, tmp_path: Path, make: Any, ending: str) -> None:
    """Rows keep their labels, whatever was left out before them; conditions and fractions are of what is left."""
    names = sorted(path for path in (photos / "train").glob("*/*"))
    rows = [{"image": str(path), "label": f"{path.parent.name}-{path.stem}"[:5]} for path in names]
    path = make(tmp_path / f"t.{ending}", rows)
    with pytest.raises(DataError, match="15 of the 155 images"):
        opened(Data(train=str(path), val=0.2))
    splits = opened(Data(train=str(path), val=0.2, bad_files="skip"))
    assert splits.val is not None
    assert len(splits.train) + len(splits.val) == 140
    for split in (splits.train, splits.val):
        for one in (split[index] for index in range(len(split))):
            file = Path(one.inputs["image"])
            assert one.target == f"{file.parent.name}-{file.stem}"[:5]
            assert file.name not in BAD


def test_nothing_whole_is_never_skipped(tmp_path: Path) -> None:
    for name in ("blue", "red"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_text("no image")
    with pytest.raises(DataError, match=r"2 of the 2 images in .* cannot be used"):
        opened(Data(source=str(tmp_path), bad_files="skip"))


def test_a_link_to_a_folder_above_has_an_end(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path)
    (tmp_path / "red" / "up").symlink_to("..")
    with pytest.raises(
        DataError, match=r"red/up/red is a link to a folder that it lies in|red/up is a link to"
    ):
        opened(Data(source=str(tmp_path)))


def test_a_link_to_another_folder_is_followed(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path / "there")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "more").symlink_to(tmp_path / "there" / "red")
    found = list(media_files(tmp_path / "here", "", IMAGE_FILES, Counter()))
    assert found == [f"more/{number}.png" for number in range(4)]


@pytest.mark.parametrize("change", ["gone", "pipe", "cut"])
def test_a_file_that_changes_while_it_is_in_use_is_named(change: str, tmp_path: Path) -> None:
    path = tiny.class_folders(tmp_path) / "red" / "0.png"
    split = opened(Data(source=str(tmp_path), val=0.0)).train
    content = path.read_bytes()
    path.unlink()
    if change == "pipe":
        os.mkfifo(path)
    elif change == "cut":
        path.write_bytes(content[:200])
    files = [split[index].inputs["image"] for index in range(len(split))]
    with pytest.raises(DataError, match=r"red/0\.png"):
        [decode(file) for file in files]


def seen(split: Any) -> dict[str, Any]:
    """What each example is learned as, by its id."""
    examples = [split[index] for index in range(len(split))]
    return {
        one.id: one.target.read().tolist()
        if hasattr(one.target, "read")
        else (one.target.labels, one.target.corners.tolist())
        for one in examples
    }


@pytest.mark.parametrize(
    ("make", "wants", "part"),
    [
        (tiny_boxes.coco, "boxes", ""),
        (tiny_boxes.voc, "boxes", ""),
        (tiny_boxes.yolo, "boxes", ""),
        (tiny_boxes.coco, "mask", ""),
        (tiny_masks.landscape_splits, "mask", "train"),
        (tiny_masks.landscape_splits, "mask", "trainannot"),
    ],
)
def test_boxes_and_masks_stay_with_their_images(make: Any, wants: Any, part: str, tmp_path: Path) -> None:
    """Where an image or a mask, in the folder `part`, is broken."""
    root = make(tmp_path / "x", {"train": 5, "val": 2})
    options: dict[str, Any] = {"inputs": (IMAGE,), "wants": wants, "seed": 0, "places": {}}
    before = seen(open_splits(Data(source=str(root)), **options).train)
    names = [Path(name).name for name in before][1:3]
    for path in root.rglob("*.png"):
        if path.name in names and part in ("", path.parent.name):
            path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DataError, match="2 of the 5 images"):
        open_splits(Data(source=str(root)), **options)
    after = open_splits(Data(source=str(root), bad_files="skip"), **options)
    assert seen(after.train) == {name: one for name, one in before.items() if Path(name).name not in names}
    assert len(after.skipped) == 2


def test_what_fits_a_screen_is_named_there_and_all_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    broken = BrokenFiles("in x", IMAGE_FILES)
    broken.add(tiny.image(tmp_path / "a.png"))
    for number in range(SHOWN + 2):
        (tmp_path / f"{number}.png").write_text("no image")
        broken.add(tmp_path / f"{number}.png")
    with pytest.raises(DataError) as caught:
        broken.check()
    words = str(caught.value)
    assert words.startswith(f"{SHOWN + 2} of the {SHOWN + 3} images in x cannot be used:\n")
    named = [f"{number}.png is not an image" in words for number in range(SHOWN + 2)]
    assert named == [True] * SHOWN + [False] * 2
    (written,) = tmp_path.glob("ftcli-bad-files-*.txt")
    assert f"and 2 more; all of them are in {written}\n" in words
    assert len(written.read_text().splitlines()) == SHOWN + 2


def test_a_file_that_is_not_there_is_broken(tmp_path: Path) -> None:
    broken = BrokenFiles("in x", IMAGE_FILES)
    broken.add(tmp_path / "none.png")
    with pytest.raises(DataError, match="no such file"):
        broken.check()
