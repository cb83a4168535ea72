"""Characters as classes, of transcripts and of tokenizers that were published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.errors import WeightsError
from ftcli.models.speech.characters import Characters, frames_needed, read_characters


def test_classes_are_the_characters_of_the_texts() -> None:
    letters = Characters.of(["seven", "three"])
    assert letters.classes == ("", "e", "h", "n", "r", "s", "t", "v")
    assert letters.decode([5, 5, 0, 1, 7, 7, 1, 3]) == "seven"
    three = letters.encode("three")
    assert letters.decode([*three[:4], 0, three[4]]) == "three"
    assert letters.decode(three) == "thre"
    assert frames_needed(three) == 6
    assert letters.lacking(["zero"]) == {"z", "o"}
    assert letters.lacking(["seven\n\tthree"]) == {" "}
    assert letters.adding({"z", "o"}).classes == (*letters.classes, "o", "z")
    assert (letters.spells(["zero"]), letters.spells(["o z"])) == (True, False)
    assert letters.encode("zero") == letters.encode("er")
    assert (letters.read("Seven"), letters.shown()) == ("Seven", "ehnrstv")


def published(folder: Path, vocabulary: object, **options: object) -> Characters | None:
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "tokenizer_config.json").write_text(json.dumps(options))
    return read_characters(folder)


def test_a_published_vocabulary_of_capitals(tmp_path: Path) -> None:
    """As wav2vec2-base-960h has it: special tokens, a bar for the space, and no small letters."""
    letters = published(tmp_path, {"<pad>": 0, "<s>": 1, "<unk>": 2, "|": 3, "E": 4, "T": 5, "'": 6})
    assert letters is not None
    assert letters.classes == ("", "", "", " ", "E", "T", "'")
    assert (letters.blank, letters.folded) == (0, "upper")
    assert letters.encode("te t") == [5, 4, 3, 5]
    assert letters.decode([5, 0, 4, 4, 3, 5]) == "te t"
    assert letters.lacking(["Tee", "x."]) == {"X", "."}
    assert letters.read("TEE") == "tee"


def test_the_blank_may_be_anywhere_and_be_called_otherwise(tmp_path: Path) -> None:
    vocabulary = {"a": 0, "B": 1, " ": 2, "[UNK]": 3, "[PAD]": 4}
    options = {"pad_token": {"content": "[PAD]"}, "word_delimiter_token": " "}
    letters = published(tmp_path, vocabulary, **options)
    assert letters == Characters(("a", "B", " ", "", ""), 4)
    assert letters.decode([0, 0, 4, 0, 2, 1]) == "aa B"


def test_what_is_no_vocabulary_of_one_language_is_none(tmp_path: Path) -> None:
    assert read_characters(tmp_path) is None
    assert published(tmp_path, {"eng": {"a": 0}}) is None
    assert published(tmp_path, {"a": 0}) is None  # without a blank
    (tmp_path / "vocab.json").write_text("{")
    with pytest.raises(WeightsError, match="the characters of its CTC head cannot be read"):
        read_characters(tmp_path)


def test_they_are_read_as_they_were_saved(tmp_path: Path) -> None:
    letters = Characters(("a", "é", "", " "), 2, "lower")
    letters.save(tmp_path)
    assert read_characters(tmp_path) == letters
