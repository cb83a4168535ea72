"""Labels in the names of files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Target
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.data.splits import open_split
from ftcli.data.unlabelled import open_unlabelled
from tests.data.recordings import PLACES, opened, refused, rows
from tests.tiny import data as tiny
from tests.tiny import sounds

PATTERN = "{label}_{speaker}_{index}.wav"


SPEECH = {"inputs": (TEXT,), "wants": "speech"}


def test_a_table_need_not_have_the_fields_of_file_names(tmp_path: Path) -> None:
    """What one run has spoken, with its table, is what another run is evaluated on."""
    sounds.named_files(tmp_path / "a")
    data = Data(source=str(tmp_path / "a"), pattern="{digit}_{speaker}_{index}", target="digit")
    made = sounds.sound(tmp_path / "made.wav")
    path = tiny.table(tmp_path / "a.csv", [{"id": "1", "text": "one", "file": str(made)}])
    target = Target("transcript", examples=16)
    split = open_split(data, str(path), inputs=(AUDIO,), wants="transcript", target=target, places={})
    assert (split[0].inputs["audio"], split[0].target) == (made, "one")
    path = tiny.table(tmp_path / "b.csv", [{"text": "one", "speaker": "bob"}])
    asked = open_unlabelled((TEXT,), [], path, replace(data, target=None, text="digit"), "speech")
    assert asked[0].inputs == {"text": "one", "speaker": "bob"}


def test_file_names_tell_the_label(tmp_path: Path) -> None:
    sounds.named_files(tmp_path)
    sounds.sound(tmp_path / "deep" / "1_cleo_0.wav")
    sounds.sound(tmp_path / "stray.wav")
    (tmp_path / "README.md").write_text("x")
    splits = opened(Data(source=str(tmp_path), pattern=PATTERN, class_names=("zero", "one"), val=0.0))
    assert splits.target.classes == ("zero", "one")
    assert splits.target.counts == (8, 9)
    assert splits.train[0].id == "0_ann_0.wav"
    assert f"{tmp_path}: not read: 1 sound without a name like {PATTERN}: stray.wav" in splits.notes
    assert f"{tmp_path}: files that are not sounds were not read: .md (1)" in splits.notes


def test_any_field_may_be_the_label(tmp_path: Path) -> None:
    sounds.named_files(tmp_path)
    data = Data(source=str(tmp_path), pattern="{digit}_{who}_{index}", text="who", speaker="who")
    assert "column 'who' is already the speaker" in refused(data, **SPEECH)
    splits = opened(Data(source=str(tmp_path), pattern="{digit}_{who}_{index}", label="digit"))
    assert splits.target.classes == ("0", "1")
    assert set(splits.train[0].inputs) == {"audio"}


def test_a_pattern_may_name_folders_and_images(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path, per_class=2)
    data = Data(source=str(tmp_path), pattern="{label}/{number}.png", val=0.0)
    splits = opened(data, inputs=(IMAGE,))
    assert splits.target.counts == (2, 2)
    assert splits.train[0].inputs["image"].is_file()


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("*.wav", "names no fields in braces"),
        ("{label", "names no fields in braces"),
        ("{label}{index}", "has two fields with nothing between them"),
        ("{label}_{label}", "has the field 'label' more than once"),
        ("{label}_{}", "'' cannot be a field"),
        (
            "{label}-{index}.wav",
            "none of the 16 sounds has a name like {label}-{index}.wav, for example: 0_ann_0",
        ),
    ],
)
def test_wrong_patterns(tmp_path: Path, pattern: str, words: str) -> None:
    said = refused(Data(source=str(sounds.named_files(tmp_path)), pattern=pattern))
    assert words in said
    assert said.startswith("x.yaml:3: data.pattern: ") or "none of the" in words


def test_a_pattern_is_for_folders(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", rows(tmp_path))
    assert "data.pattern: has no meaning for" in refused(Data(train=str(path), pattern=PATTERN))


def test_a_folder_without_class_folders_hints_at_patterns(tmp_path: Path) -> None:
    assert "data.pattern: {label}_{number}" in refused(Data(source=str(sounds.named_files(tmp_path))))


def test_a_field_splits_a_folder(tmp_path: Path) -> None:
    data = Data(
        source=str(sounds.named_files(tmp_path)), pattern=PATTERN, test="index < 1", val="index in 1, 2"
    )
    splits = opened(data)
    assert splits.val is not None
    assert splits.test is not None
    assert (len(splits.train), len(splits.val), len(splits.test)) == (4, 8, 4)
    assert {splits.test[i].id.split("_")[2] for i in range(4)} == {"0.wav"}
    assert f"test: 4 of 16 examples of {tmp_path}, those with index < 1" in splits.notes
    whole = open_split(
        data, str(tmp_path), inputs=(AUDIO,), wants="category", target=splits.target, places=PLACES
    )
    assert len(whole) == 16
