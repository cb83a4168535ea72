"""Speakers, and spoken texts that are numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Target
from ftcli.contracts.modalities import TEXT
from ftcli.data.splits import open_split
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError
from tests.data.recordings import opened, refused, rows
from tests.tiny import data as tiny
from tests.tiny import sounds

SPEECH = {"inputs": (TEXT,), "wants": "speech"}
HEARD = {"wants": "transcript"}


def clips(path: Path, *others: str) -> Path:
    """A table of sounds and what is said in them, with more columns of who says it."""
    spoken = [row | dict.fromkeys(others, ("ann", "bob")[n % 2]) for n, row in enumerate(rows(path))]
    return tiny.table(path / "a.csv", spoken)


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
