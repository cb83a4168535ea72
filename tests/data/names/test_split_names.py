"""Names of splits."""

from __future__ import annotations

import pytest

from ftcli.data.names.split_names import role_of, split_of, splits_among


@pytest.mark.parametrize(
    ("names", "split"),
    [
        (
            "train Train TRAIN training training_set trainset train-set TrainSet train_images TrainingImages "
            "imagesTrain seg_train train_data data_train train2017 train_2017 trainingdata train.wavs",
            "train",
        ),
        ("val valid validation dev validation_set valset val_images seg_val val2017 Validation-Data", "val"),
        ("test Testing test_set testset test_images seg_test images_test test2015", "test"),
        ("trains trained train_station testament dev-clean seg_pred images set data test_a train_1", None),
        ("a" * 101, None),
    ],
)  # fmt: skip
def test_names(names: str, split: str | None) -> None:
    assert {name: split_of(name) for name in names.split()} == dict.fromkeys(names.split(), split)


def test_words_with_blanks() -> None:
    assert [split_of(name) for name in ("training set", "Test Images", "train (1)")] == [
        "train",
        "test",
        None,
    ]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("train2017", "train"),
        ("train_1", "train"),
        ("valid", "val"),
        ("test-1", "test"),
        ("trainval", "train"),
    ],
)
def test_names_that_end_in_a_number(name: str, role: str | None) -> None:
    assert role_of(name) == role


def test_the_plainest_name_counts() -> None:
    assert splits_among(["train_images", "train", "training"]) == {"train": "train"}
    assert splits_among(["dev", "validation_set", "TRAIN"]) == {"train": "TRAIN", "val": "dev"}
    assert splits_among(["test", "val"]) == {}


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        ("sts-train sts-dev", {"train": "sts-train", "val": "sts-dev"}),
        ("imdb_test imdb_train labels", {"train": "imdb_train", "test": "imdb_test"}),
        ("train.clean test.clean", {"train": "train.clean", "test": "test.clean"}),
        ("sts-train sts-dev sick-train sick-dev", {}),  # of which one is meant?
        ("train_station bus_station", {}),
        ("sts-train sick-dev", {}),
        ("train_test a_train", {}),
        ("x-val x-dev x-train", {}),
    ],
)
def test_names_that_share_their_other_words(names: str, splits: dict[str, str]) -> None:
    assert splits_among(iter(names.split())) == splits


@pytest.mark.parametrize(
    ("names", "train"),
    [
        (("train", "trainval"), "train"),
        (("trainval", "training_set"), "training_set"),
        (("trainval",), "trainval"),
    ],
)
def test_training_and_validation_together(names: tuple[str, ...], train: str) -> None:
    assert splits_among(names) == {"train": train}
