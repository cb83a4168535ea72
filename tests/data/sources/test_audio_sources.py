"""Folders and tables of sounds, file names that tell the label, and splits by a condition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.load import dump_experiment, load_experiment
from ftcli.config.schema import Data
from ftcli.contracts import Target
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.data.conditions import Condition, condition
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import Splits, open_split, open_splits, open_unlabelled
from ftcli.errors import DataError, UserError
from tests.tiny import data as tiny
from tests.tiny import sounds

PATTERN = "{label}_{speaker}_{index}.wav"
PLACES = {"data": "x.yaml:2", "data.test": "x.yaml:5", "data.val": "x.yaml:4", "data.pattern": "x.yaml:3"}


def opened(data: Data, **options: Any) -> Splits:
    asked = {"inputs": (AUDIO,), "wants": "category", "seed": 0, "places": PLACES, **options}
    return open_splits(data, **asked)


def refused(data: Data, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        opened(data, **options)
    return str(caught.value)


def rows(path: Path) -> list[dict[str, Any]]:
    files = sorted(sounds.class_folders(path / "clips").glob("*/*.wav"))
    return [{"file": str(file.relative_to(path)), "label": file.parent.name} for file in files]


# ------------------------------------------------------------------------------------------- folders and tables


def test_class_folders_of_sounds(tmp_path: Path) -> None:
    sounds.class_folders(tmp_path)
    tiny.image(tmp_path / "low" / "cover.png")
    splits = opened(Data(source=str(tmp_path)))
    assert splits.target.classes == ("high", "low")
    assert splits.train[0].inputs["audio"].is_file()
    assert f"{tmp_path}: files that are not sounds were not read: .png (1)" in splits.notes


def test_class_folders_of_other_things_are_refused(tmp_path: Path) -> None:
    assert "no sounds in its 2 folders. Other files in them: .png (8)" in refused(
        Data(source=str(tiny.class_folders(tmp_path)))
    )
    assert "digits (train) (an embedded data set) holds images, and this task reads sounds" in refused(
        Data(source="digits")
    )


def test_a_broken_sound_is_named_before_anything_is_trained(tmp_path: Path) -> None:
    sounds.class_folders(tmp_path)
    (tmp_path / "low" / "2.wav").write_bytes(b"RIFF")
    assert "1 of the 8 sounds in" in (words := refused(Data(source=str(tmp_path))))
    assert "low/2.wav" in words


@pytest.mark.parametrize("make", [tiny.table, tiny.jsonl, tiny.parquet])
def test_tables_of_paths(tmp_path: Path, make: Any) -> None:
    ending = {"table": "csv"}.get(make.__name__, make.__name__)
    path = make(tmp_path / f"a.{ending}", rows(tmp_path))
    splits = opened(Data(train=str(path)))
    assert splits.train[0].inputs["audio"].is_file()
    assert any("audio from column 'file'" in note for note in splits.notes)
    (tmp_path / "clips/low/3.wav").unlink()
    assert "1 of the 8 sounds in" in refused(Data(train=str(path)))


def test_tables_of_stored_sounds(tmp_path: Path) -> None:
    """As Hugging Face stores them: bytes, or samples with their rate."""
    content = sounds.sound(tmp_path / "a.wav").read_bytes()
    samples = {"array": [float(one) for one in sounds.tone()], "sampling_rate": 8000}
    for cell in ({"bytes": content, "path": None}, {"bytes": None, "path": "a.wav"}, samples):
        path = tiny.parquet(tmp_path / "a.parquet", [{"audio": cell, "label": n % 2} for n in range(4)])
        split = opened(Data(train=str(path), audio="audio", val=0.0)).train
        assert len(split) == 4
        assert isinstance(split[0].inputs["audio"], bytes | Path)


SPEECH = {"inputs": (TEXT,), "wants": "speech"}
HEARD = {"wants": "transcript"}


def clips(path: Path, *others: str) -> Path:
    """A table of sounds and what is said in them, with more columns of who says it."""
    spoken = [row | dict.fromkeys(others, ("ann", "bob")[n % 2]) for n, row in enumerate(rows(path))]
    return tiny.table(path / "a.csv", spoken)


def test_a_transcript_is_the_target(tmp_path: Path) -> None:
    splits = opened(Data(train=str(clips(tmp_path, "age")), target="label", val=0.25), **HEARD)
    assert splits.target == Target("transcript", examples=6)
    example = splits.train[0]
    assert (set(example.inputs), example.target) == ({"audio"}, example.inputs["audio"].parent.name)
    assert "no column of" in refused(Data(train=str(clips(tmp_path, "age"))), **HEARD)
    path = tiny.table(tmp_path / "b.csv", [{"audio": "a.wav", "sentence": "", "age": "7"}])
    sounds.sound(tmp_path / "a.wav")
    splits = opened(Data(train=str(path), val=0.0), **HEARD)
    assert f"{path}: audio from column 'audio', target from column 'sentence'" in splits.notes
    assert f"{path}: 1 text is empty and is kept as empty text" in splits.notes


def test_a_text_is_spoken_by_a_speaker(tmp_path: Path) -> None:
    path = clips(tmp_path, "who")
    splits = opened(Data(train=str(path), text="label", speaker="who", val=0.25), **SPEECH)
    assert (splits.target.kind, splits.target.classes, splits.target.examples) == (
        "speech",
        ("ann", "bob"),
        6,
    )
    assert sum(splits.target.counts) == 6
    example = splits.train[0]
    assert (set(example.inputs), example.target.suffix) == ({"text", "speaker"}, ".wav")
    assert opened(Data(train=str(path), text="label"), **SPEECH).target.classes == ()  # nobody is named
    assert opened(Data(train=str(clips(tmp_path, "speaker"))), **SPEECH).target.classes == ("ann", "bob")


def test_a_speaker_that_training_has_not_heard_is_named(tmp_path: Path) -> None:
    path = clips(tmp_path, "speaker")
    other = tiny.table(tmp_path / "b.csv", [row | {"speaker": "bop"} for row in rows(tmp_path)])
    words = refused(Data(train=str(path), val=str(other)), **SPEECH)
    assert (
        "the validation split has 8 examples of the speaker 'bop', who is not in the training split." in words
    )
    assert "Did you mean 'bob'? It has: ann, bob" in words
    target = opened(Data(train=str(path)), **SPEECH).target
    with pytest.raises(DataError, match="the evaluated split has 8 examples of the speaker 'bop'"):
        open_split(Data(train=str(path)), str(other), target=target, places={}, **SPEECH)  # type: ignore[arg-type]


def test_texts_that_are_numbers_have_names(tmp_path: Path) -> None:
    source = str(sounds.named_files(tmp_path / "a"))
    names = ("zero", "one")
    data = Data(source=source, pattern="{digit}_{speaker}_{index}", class_names=names, val=0.0)
    heard = opened(replace(data, target="digit"), **HEARD)
    assert {heard.train[n].target for n in range(16)} == {"zero", "one"}
    assert heard.target == Target("transcript", examples=16)
    spoken = opened(replace(data, text="digit"), **SPEECH).train[0]
    assert spoken.inputs == {"text": "zero", "speaker": "ann"}
    words = refused(replace(data, target="digit", class_names=("zero",)), **HEARD)
    assert "a/1_ann_0.wav: '1' is not one of 0..0, the 1 names" in words
    asked = open_unlabelled((TEXT,), ["1", "two"], None, data, "speech")
    assert [asked[n].inputs["text"] for n in range(2)] == ["one", "two"]


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


def test_folders_and_data_sets_without_columns_have_no_texts(tmp_path: Path) -> None:
    source = str(sounds.class_folders(tmp_path))
    assert "(a folder of class folders) has no column for the text" in refused(Data(source=source), **HEARD)
    assert "a folder with a data.pattern" in refused(Data(source=source), **SPEECH)


def test_sounds_to_predict(tmp_path: Path) -> None:
    sounds.class_folders(tmp_path / "some", per_class=1)
    one = sounds.sound(tmp_path / "a.flac")
    split = open_unlabelled((AUDIO,), [one, tmp_path / "some"], None, Data(pattern=PATTERN))
    assert [split[index].inputs["audio"].name for index in range(len(split))] == ["a.flac", "0.wav", "0.wav"]
    (tmp_path / "b.wav").write_bytes(b"nothing")
    with pytest.raises(DataError, match="1 of the 1 sounds to predict cannot be used"):
        open_unlabelled((AUDIO,), [tmp_path / "b.wav"], None, Data())


def test_keys_of_other_modalities_are_refused(tmp_path: Path) -> None:
    source = str(sounds.class_folders(tmp_path))
    assert "data.image_size: is for images, and this task reads sounds" in refused(
        Data(source=source, image_size=32)
    )
    assert "data.audio: has no meaning for" in refused(Data(source=source, audio="file"))
    assert "data.speaker: is for speech, and this task predicts classes" in refused(
        Data(source=source, speaker="who")
    )
    assert "what is said and language modelling, and this task predicts classes" in refused(
        Data(source=source, target="words")
    )
    path = str(clips(tmp_path))
    assert "and this task writes what is said" in refused(Data(train=path, label="label"), **HEARD)
    assert "data.text_pair: has no meaning here, as this task speaks texts" in refused(
        Data(train=path, text_pair="label"), **SPEECH
    )
    assert "data.max_seconds: is for sounds, and this task reads texts" in refused(
        Data(train=path, max_seconds=1.0), **SPEECH
    )
    words = refused(Data(source="digits", max_seconds=1.0), inputs=(IMAGE,))
    assert "data.max_seconds: is for sounds, and this task reads images" in words


def test_init_recognises_sounds(tmp_path: Path) -> None:
    found = recognise(sounds.class_folders(tmp_path / "a"))
    assert (found.modality.name, found.kind.wanted, found.classes) == ("audio", "category", ("high", "low"))
    found = recognise(tiny.table(tmp_path / "a.csv", rows(tmp_path)))
    assert (found.modality.name, found.data["audio"], found.data["label"]) == ("audio", "file", "label")


# ---------------------------------------------------------------------------------------------------- file names


def test_file_names_tell_the_label(tmp_path: Path) -> None:
    sounds.named_files(tmp_path)
    sounds.sound(tmp_path / "deep" / "1_cleo_0.wav")
    sounds.sound(tmp_path / "stray.wav")
    (tmp_path / "README.md").write_text("x")
    splits = opened(Data(source=str(tmp_path), pattern=PATTERN, class_names=("zero", "one"), val=0.0))
    assert splits.target.classes == ("zero", "one")
    assert splits.target.counts == (8, 9)
    assert splits.train[0].id == "0_ann_0.wav"
    assert f"{tmp_path}: 1 sounds without a name like {PATTERN} were not read: stray.wav" in splits.notes
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


# ---------------------------------------------------------------------------------------------------- conditions


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
