"""Conditions that choose the rows of a split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.dump import dump_experiment
from ftcli.config.load import load_experiment
from ftcli.config.schema import Data
from ftcli.contracts.modalities import TEXT
from ftcli.data.conditions import Condition, condition
from ftcli.errors import UserError
from tests.data.recordings import PLACES, opened, refused, rows
from tests.tiny import data as tiny
from tests.tiny import sounds

PATTERN = "{label}_{speaker}_{index}.wav"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("index < 5", Condition("index", "<", ("5",))),
        ("index>=2.5", Condition("index", ">=", ("2.5",))),
        ("who == ann", Condition("who", "==", ("ann",))),
        ("a column != x y", Condition("a column", "!=", ("x y",))),
        ("who in ann, bob", Condition("who", "in", ("ann", "bob"))),
        ("index in [0, 1]", Condition("index", "in", ("0", "1"))),
        ("test.csv", None),
        ("validation", None),
        ("index = 5", None),
    ],
)
def test_what_is_a_condition(text: str, found: Condition | None) -> None:
    assert condition(text) == found


def test_a_path_is_no_condition(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "made in may.csv", rows(tmp_path))
    assert condition(str(path)) is None


@pytest.mark.parametrize(
    ("text", "cell", "holds"),
    [
        ("a < 5", "04", True),
        ("a < 5", 5, False),
        ("a == 7", "07", True),
        ("a == 7", 7.0, True),
        ("a != ann", "bob", True),
        ("a in ann, 3", "3.0", True),
        ("a in ann, 3", None, False),
    ],
)
def test_what_meets_a_condition(text: str, cell: Any, holds: bool) -> None:
    found = condition(text)
    assert found is not None
    assert found.holds(cell) == holds


@pytest.mark.parametrize("make", [tiny.table, tiny.jsonl, tiny.parquet])
def test_a_column_splits_a_table(tmp_path: Path, make: Any) -> None:
    """The rest of the training split still gives the validation split, where none is named."""
    ending = {"table": "csv"}.get(make.__name__, make.__name__)
    table = [row | {"fold": n % 5} for n, row in enumerate(tiny.reviews(20))]
    path = make(tmp_path / f"a.{ending}", table)
    splits = opened(Data(train=str(path), test="fold == 0"), inputs=(TEXT,))
    assert splits.test is not None
    assert splits.val is not None
    assert (len(splits.test), len(splits.val), len(splits.train)) == (4, 4, 12)
    assert [splits.test[i].inputs["text"] for i in range(4)] == [table[i]["text"] for i in (0, 5, 10, 15)]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"test": "indx < 5"},
            "data.test: .* has no column 'indx' for the condition indx < 5. Did you mean 'index'",
        ),
        ({"test": "index < five"}, "data.test: < compares numbers, and 'five' is not one"),
        (
            {"test": "speaker < 5"},
            "0_ann_0.wav: 'ann' in column 'speaker' is not a number, which the condition",
        ),
        (
            {"test": "index = 5"},
            r"data.test: no such .* A condition on the training split is FIELD SIGN VALUE",
        ),
        ({"test": "index < 9"}, "data.test: nothing of .* is left to train on"),
        ({"test": "index > 9"}, "the test split is empty"),
        ({"test": "index < 2", "val": "index < 1"}, "data.val: its condition and that of test both choose 4"),
        ({"test": "label == 1"}, "only one class, '0'"),
        ({"test": "speaker == bob", "classes": ("0", "2")}, "no training example has the class '2'"),
    ],
)
def test_wrong_conditions(tmp_path: Path, keys: dict[str, Any], words: str) -> None:
    data = Data(source=str(sounds.named_files(tmp_path)), pattern=PATTERN, **keys)
    with pytest.raises(UserError, match=words) as caught:
        opened(data)
    if "data." in words:
        assert str(caught.value).startswith(PLACES[f"data.{words[5:].partition(':')[0]}"])


def test_a_label_that_only_the_condition_chooses_is_not_learnable(tmp_path: Path) -> None:
    sounds.named_files(tmp_path)
    sounds.sound(tmp_path / "2_ann_0.wav")
    data = Data(source=str(tmp_path), pattern=PATTERN, test="index < 1")
    assert "the test split has labels that the training split does not have: '2'" in refused(data)


def test_a_condition_needs_columns(tmp_path: Path) -> None:
    data = Data(source=str(sounds.class_folders(tmp_path)), test="index < 5")
    assert "has no columns for the condition index < 5. The fields of a data.pattern are some" in refused(
        data
    )


def test_the_keys_survive_a_round_trip(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "task: image-classification\ndata:\n  source: clips\n  pattern: '{label}_{index}.wav'\n"
        "  test: index < 5\n  val: speaker in ann, bob\n  max_seconds: 2\nmodel: torchvision/resnet18\n"
    )
    experiment = load_experiment(tmp_path / "x.yaml")
    assert (experiment.data.test, experiment.data.max_seconds) == ("index < 5", 2.0)
    (tmp_path / "y.yaml").write_text(dump_experiment(experiment))
    assert load_experiment(tmp_path / "y.yaml") == experiment
