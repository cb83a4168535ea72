"""Texts to speak: characters with a token, cut where the network has no more positions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from transformers import SpeechT5FeatureExtractor

from ftcli.contracts import Encoded, Example
from ftcli.errors import DataError
from ftcli.models.speech.speecht5 import SpeechProcessor
from ftcli.tasks.inputs.texts_to_speak import TextsToSpeak, spoken_text
from tests.tiny.speech import letters

PROCESSOR = SpeechProcessor(letters(), SpeechT5FeatureExtractor(), 5, 40, 2)


def example(text: Any, target: Any = None) -> Example:
    return Example("row 3", {"text": text}, target)


def test_texts_become_characters_and_are_padded() -> None:
    reader = TextsToSpeak(PROCESSOR)
    made = reader.encode_inputs([example("ab"), example(" a  b c d ")])
    assert [len(one["input_ids"]) for one in made] == [2, 5]
    batch = reader.collate([Encoded(str(n), one) for n, one in enumerate(made)], training=False)
    assert batch["input_ids"].shape == (2, 5)
    assert batch["attention_mask"].tolist() == [[1, 1, 0, 0, 0], [1, 1, 1, 1, 1]]


def test_characters_without_a_token_are_refused_in_prediction_and_noted_in_training() -> None:
    reader = TextsToSpeak(PROCESSOR)
    with pytest.raises(DataError, match="row 3: the model has not learned to speak '5'"):
        reader.encode_inputs([example("a5")])
    assert reader.encode_inputs([example("a5", b"sound")])
    assert reader.notes([example("a5"), example("abcdefg")]) == [
        "1 of 2 texts have more than 5 tokens: the rest is cut off",
        "the model has no token for '5': they are not spoken",
    ]


@pytest.mark.parametrize("text", ["", "  ", 3, None])
def test_what_cannot_be_spoken_is_named(text: Any) -> None:
    with pytest.raises(DataError, match=r"row 3: .* is not a text that can be spoken"):
        spoken_text(example(text))


def test_samples_are_of_a_letter_that_has_a_token() -> None:
    short, long = TextsToSpeak(PROCESSOR).samples()
    assert (short, long) == ({"text": "a"}, {"text": "aaaaa"})


def test_the_encoding_says_where_texts_are_cut() -> None:
    facts = TextsToSpeak(PROCESSOR).encoding
    assert set(facts) == {"spoken", "most"}
    assert facts != TextsToSpeak(replace(PROCESSOR, most_tokens=6)).encoding
