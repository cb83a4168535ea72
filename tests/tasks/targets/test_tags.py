"""Tags as targets and predictions: one for each word, at its first token."""

from __future__ import annotations

import pytest
import torch

from ftcli.contracts import Example, Target
from ftcli.errors import DataError
from ftcli.tasks.targets.tags import TagCodec, TagsPrediction, at_words

CODEC = TagCodec(Target("tags", ("B-x", "I-x", "O"), (1, 1, 1), 1))
STARTS = torch.tensor([[1, 2], [0, -1]])


def test_words_and_tags_are_padded() -> None:
    rows = [(("a", "b"), ("B-x", "O")), (("c",), ("I-x",))]
    batch = CODEC.collate([CODEC.sentence(words, Example("r", {}, tags)) for words, tags in rows])
    assert batch["words"] == [("a", "b"), ("c",)]
    assert batch["tags"].tolist() == [[0, 2], [1, -1]]
    assert CODEC.collate([CODEC.sentence(("a",), Example("r", {}))])["tags"] is None


def test_as_many_tags_as_words() -> None:
    with pytest.raises(DataError, match="r: "):
        CODEC.sentence(("a", "b"), Example("r", {}, ("O",)))
    with pytest.raises(DataError, match="label 'B-y' is not a class"):
        CODEC.sentence(("a",), Example("r", {}, ("B-y",)))


def test_the_first_token_of_a_word_counts() -> None:
    values = torch.arange(6.0).reshape(2, 3, 1)
    assert at_words(values, STARTS)[0].flatten().tolist() == [1, 2]
    outputs = torch.zeros(2, 3, 3)
    outputs[0, 1, 0] = outputs[0, 2, 1] = outputs[1, 0, 0] = 5.0
    targets = {"words": [("a", "b"), ("c", "d")], "starts": STARTS, "tags": torch.tensor([[0, 1], [2, 2]])}
    predicted, true = CODEC.measured(outputs, targets)
    assert predicted == [["B-x", "I-x"], ["B-x", "O"]]
    assert true == [["B-x", "I-x"], ["O", "O"]]
    logits, tags = CODEC.counted(outputs, targets)
    assert (logits.shape, tags.tolist()) == ((3, 3), [0, 1, 2])
    _, second = CODEC.predictions((outputs, targets), ["1", "2"])
    assert isinstance(second, TagsPrediction)
    assert second.label == ("B-x", "O")
    assert [row["probability"] is None for row in second.rows()] == [False, True]
    assert [row["position"] for row in second.rows()] == [1, 2]
