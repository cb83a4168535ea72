"""Folders as they come: splits under their many names, thumbnails of a disk station, a class called train."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import DataError
from tests.tiny import data as tiny
from tests.tiny import sounds


def opened(folder: Path, modality: str = "image") -> Splits:
    inputs = (MODALITIES[modality],)
    return open_splits(Data(source=str(folder)), inputs=inputs, wants="category", seed=0, places={})


def example(path: Path, modality: str) -> None:
    """A file of the modality, without its ending."""
    if modality == "image":
        tiny.image(path.with_suffix(".png"))
    else:
        sounds.sound(path.with_suffix(".wav"))


def classes(folder: Path, modality: str, count: int) -> None:
    for name in ("cat", "dog"):
        for index in range(count):
            example(folder / name / str(index), modality)


@pytest.mark.parametrize("modality", ["image", "audio"])
@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("training_set", "test_set"),
        ("training_set/training_set", "test_set/test_set"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("TRAIN", "TEST"),
        ("train_images", "test_images"),
        ("trainset", "testset"),
        ("Training Data", "Testing Data"),
    ],
)
def test_splits_are_no_classes(tmp_path: Path, train: str, test: str, modality: str) -> None:
    classes(tmp_path / train, modality, 6)
    classes(tmp_path / test, modality, 3)
    found = opened(tmp_path, modality)
    assert found.test is not None
    assert found.val is not None
    assert found.target.classes == ("cat", "dog")
    assert (len(found.train) + len(found.val), len(found.test)) == (12, 6)
    assert recognise(tmp_path).classes == ("cat", "dog")


@pytest.mark.parametrize("modality", ["image", "audio"])
@pytest.mark.parametrize("name", ["train", "test", "val", "Train"])
def test_a_class_named_as_a_split(tmp_path: Path, name: str, modality: str) -> None:
    for folder in ("bus", "car", name):
        for index in range(4):
            example(tmp_path / folder / str(index), modality)
    found = opened(tmp_path, modality)
    assert set(found.target.classes) == {"bus", "car", name}
    assert len(found.train) + len(found.val or ()) == 12
    assert any("taken for a class" in note for note in found.notes) == (name.lower() == "train")


@pytest.mark.parametrize("inner", [("cam1", "cam2"), ("2020-01-03",)])
def test_a_class_called_train_with_folders_in_it(tmp_path: Path, inner: tuple[str, ...]) -> None:
    """What is below it was taken for the classes, and the other classes were left out."""
    for name in ("bus", "car", "train"):
        for folder in inner:
            for index in range(4):
                example(tmp_path / name / folder / str(index), "image")
    with pytest.raises(
        DataError, match=r"train is called like .*bus, car beside it .*data\.pattern: '(.*)'; else"
    ):
        opened(tmp_path)
    data = Data(source=str(tmp_path), pattern="{label}/{group}/{file}")
    inputs = (MODALITIES["image"],)
    found = open_splits(data, inputs=inputs, wants="category", seed=0, places={})
    assert found.target.classes == ("bus", "car", "train")


def test_class_folders_once_more_in_a_folder_beside_them(tmp_path: Path) -> None:
    """As flowers/{daisy,rose,...} with flowers/flowers/{daisy,rose,...}: that was a class more."""
    classes(tmp_path, "image", 4)
    classes(tmp_path / "pets", "image", 4)
    with pytest.raises(
        DataError, match=r"pets holds folders of the same names .*cat, dog.* data\.train: .*pets"
    ):
        opened(tmp_path)


@pytest.mark.parametrize(("val", "test"), [("validate", "evaluation"), ("valid", "eval")])
def test_other_words_for_splits(tmp_path: Path, val: str, test: str) -> None:
    for name, count in (("train", 4), (val, 2), (test, 3)):
        classes(tmp_path / name, "image", count)
    found = opened(tmp_path)
    assert found.test is not None
    assert found.val is not None
    assert [len(found.train), len(found.val), len(found.test)] == [8, 4, 6]


@pytest.mark.parametrize("modality", ["image", "audio"])
@pytest.mark.parametrize(
    "folder",
    ["@eaDir/0.png", ".thumbnails", "__MACOSX", ".ipynb_checkpoints", "#recycle", "$RECYCLE.BIN", "@Recycle"],
)
def test_copies_of_a_system_are_no_examples(tmp_path: Path, folder: str, modality: str) -> None:
    for name in ("blue", "red"):
        for index in range(6):
            example(tmp_path / name / str(index), modality)
            example(tmp_path / name / folder / f"SYNOPHOTO_THUMB_{index}", modality)
    found = opened(tmp_path, modality)
    assert found.target.classes == ("blue", "red")
    assert len(found.train) + len(found.val or ()) == 12
    noun = {"image": "images", "audio": "sounds"}[modality]
    words = f"12 {noun} hidden or kept by a system, so not read: {folder.split('/', maxsplit=1)[0]} (12)"
    assert f"{tmp_path}: {words}" in found.notes


def test_lists_of_splits_beside_class_folders_are_named(tmp_path: Path) -> None:
    """As the speech commands have them: all of their sounds are one split here."""
    classes(tmp_path, "audio", 4)
    for name in ("testing_list.txt", "validation_list.txt", "README.txt", "latest.txt"):
        (tmp_path / name).write_text("cat/0.wav\n")
    notes = [note for note in opened(tmp_path, "audio").notes if "not read" in note]
    assert len(notes) == 1
    assert notes[0].startswith(f"{tmp_path}: not read: testing_list.txt, validation_list.txt; if they say")


def test_texts_in_class_folders(tmp_path: Path) -> None:
    """As reviews are published: train/neg/0_2.txt."""
    for split, count in (("train", 4), ("test", 2)):
        for label in ("neg", "pos"):
            (tmp_path / split / label).mkdir(parents=True)
            for index in range(count):
                (tmp_path / split / label / f"{index}.txt").write_text(f"{split} {label} {index}\n")
    (tmp_path / "train/README").write_text("x")
    found = opened(tmp_path, "text")
    assert found.test is not None
    assert found.val is not None
    assert found.target.classes == ("neg", "pos")
    assert (len(found.train) + len(found.val), len(found.test)) == (8, 4)
    assert (found.test[0].id, found.test[0].inputs) == ("neg/0.txt", {"text": "test neg 0\n"})
    assert recognise(tmp_path).kind.wanted == "category"
    (tmp_path / "train/neg/bad.txt").write_bytes(b"\xff")
    with pytest.raises(DataError, match=r"1 of the 9 texts in .*train cannot be used: .*bad\.txt"):
        opened(tmp_path, "text")
    skipping = Data(source=str(tmp_path), val=0.0, bad_files="skip")
    splits = open_splits(skipping, inputs=(MODALITIES["text"],), wants="category", seed=0, places={})
    assert (len(splits.train), len(splits.skipped)) == (8, 1)


def test_trainval_is_training_where_nothing_else_is(tmp_path: Path) -> None:
    for name, count in (("trainval", 4), ("test", 3)):
        classes(tmp_path / name, "image", count)
    found = opened(tmp_path)
    assert found.val is not None
    assert found.test is not None
    assert [len(found.train) + len(found.val), len(found.test)] == [8, 6]
    classes(tmp_path / "train2017", "image", 2)
    found = opened(tmp_path)
    assert len(found.train) + len(found.val or ()) == 4
