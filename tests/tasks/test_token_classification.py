"""Words to tags: where the words are among the tokens, and what happens to those that no token stands for."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ftcli.config.schema import Head
from ftcli.contracts import Batch, Encoded, Example, Target, TextPreprocess
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import DataError
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.tasks.targets.tags import TagsPrediction
from ftcli.tasks.token_classification import TokenClassification
from tests.passes import loss_of, scored
from tests.tasks.inputs.test_texts import BAD, CLS, FILM, GOOD, SEP, tokenizer

TAGS = Target("tags", ("B-x", "I-x", "O"), (1, 1, 1), 1)


def task(max_length: int = 16, **options: Any) -> TokenClassification:
    preprocess = TextPreprocess(tokenizer(**options), max_length)
    return TokenClassification(TAGS, preprocess, Head(), CrossEntropy(target=TAGS))


def example(text: Any, tags: Any = None) -> Example:
    return Example("row 3", {"text": text}, tags)


class Says(nn.Module):
    """Gives each token the logits of the tag that `said` has for its id."""

    def __init__(self, said: dict[int, int]) -> None:
        super().__init__()
        self.said = said

    def forward(self, input_ids: Tensor, **_: Any) -> Tensor:
        tags = torch.tensor([[self.said.get(token, 2) for token in row] for row in input_ids.tolist()])
        return nn.functional.one_hot(tags, 3).float() * 4


def batch(one: TokenClassification, *examples: Example) -> Batch:
    return one.collate([one.encode(each) for each in examples], training=False)


def test_long_sentences_are_cut() -> None:
    one = task(max_length=4)
    inputs = one.encode(example(("good", "bad", "film"))).inputs
    assert (inputs["input_ids"].tolist(), inputs["starts"].tolist()) == ([CLS, GOOD, BAD, SEP], [1, 2, -1])
    (note,) = one.notes([example(("good", "bad", "film")), example(("good", "bad"))])  # type: ignore[arg-type]
    assert note.startswith(
        "1 of 2 texts have more than 4 tokens (data.max_length): the words beyond get the tag O"
    )


# ------------------------------------------------------------------------------------------------------- the task


@pytest.mark.parametrize("side", ["right", "left"])
def test_places_follow_the_padding(side: str) -> None:
    one = task(padding_side=side)
    made = batch(one, example(("good",)), example(("good", "bad", "film")))
    assert "starts" not in made.inputs
    ids, places = made.inputs["input_ids"], made.targets["starts"]
    assert ids[0, places[0, 0]] == GOOD
    assert places[0, 1:].tolist() == [-1, -1]
    assert ids[1, places[1]].tolist() == [GOOD, BAD, FILM]


def test_the_loss_is_of_the_words_that_are_seen() -> None:
    one = task(max_length=4)
    made = batch(one, example(("good", "bad", "film"), ("B-x", "I-x", "I-x")), example(("film",), ("O",)))
    loss = loss_of(one, Says({GOOD: 0, BAD: 1}), made)
    assert loss.count == 3
    assert loss.total.item() == pytest.approx(3 * math.log(1 + 2 * math.exp(-4)), rel=1e-5)


def test_words_that_are_not_seen_are_judged_as_outside() -> None:
    one = task(max_length=4)
    made = batch(one, example(("good", "bad", "film"), ("B-x", "I-x", "I-x")), example(("film",), ("O",)))
    metrics = one.metrics()
    loss = scored(one, Says({GOOD: 0, BAD: 1, FILM: 2}), made, metrics)
    assert loss.count == 3
    figures = metrics["entities"].compute()
    assert figures["token_accuracy"] == 3 / 4
    assert (figures["f1_micro"], one.table(metrics)[0]["support"]) == (0.0, 1)  # the entity lost its end


def test_words_that_are_all_outside_have_a_low_mean_f1() -> None:
    """A probe that calls every word "O" has learned nothing, however many are."""
    one = task()
    targets = torch.zeros(20, dtype=torch.int64)
    targets[:2] = 1
    outside = torch.zeros(20, len(one.target.classes))
    outside[:, 0] = 1.0
    figures = one.unit_figures(outside, targets)
    assert figures["token_accuracy"] == 0.9
    assert figures["token_f1_macro"] < 0.5
    probing = KINDS[one.target.kind].probing
    assert probing is not None
    assert probing.figure in figures


def test_parts_of_speech_that_are_not_seen_are_wrong() -> None:
    target = Target("tags", ("NOUN", "VERB"), (1, 1), 1)
    one = TokenClassification(target, TextPreprocess(tokenizer(), 3), Head(), CrossEntropy(target=target))
    made = batch(one, example(("good", "bad"), ("NOUN", "NOUN")))
    metrics = one.metrics()
    scored(one, Says({GOOD: 0, BAD: 0}), made, metrics)
    assert metrics["entities"].compute()["token_accuracy"] == 0.5


def test_predictions_have_a_row_for_each_word() -> None:
    one = task(max_length=4)
    made = batch(one, example("good bad!"), example(()))
    first, second = one.predictions(Says({GOOD: 0, BAD: 1}), made)
    assert isinstance(first, TagsPrediction)
    chance = round(1 / (1 + 2 * math.exp(-4)), 6)
    assert first.rows() == [
        {"id": "row 3", "position": 1, "word": "good", "label": "B-x", "probability": chance},
        {"id": "row 3", "position": 2, "word": "bad", "label": "I-x", "probability": chance},
        {"id": "row 3", "position": 3, "word": "!", "label": "O", "probability": None},
    ]
    assert (second.label, second.rows()) == ((), [])


def test_features_of_tokens_take_the_place_of_the_network() -> None:
    one = task()
    encoded = [one.encode(example(words)) for words in (("good", "bad"), ("film",))]
    kept = [
        Encoded(each.id, {**each.inputs, "features": torch.ones(len(each.inputs["input_ids"]), 3)}, each.target)
        for each in encoded
    ]  # fmt: skip
    made = one.collate(kept, training=False)
    assert made.inputs["features"].shape == (2, 4, 3)
    assert made.inputs["features"][1, 3].tolist() == [0, 0, 0]
    assert made.targets["starts"].tolist() == [[1, 2], [1, -1]]


def test_what_cannot_be_encoded_is_told() -> None:
    for broken, words in [
        (example(("good",), ("O", "O")), "row 3: 1 words and 2 tags"),
        (example(("good",), ("B-y",)), "label 'B-y' is not a class of the training split. Did you mean"),
        (example(7), "row 3: 7 is neither a text nor words"),
    ]:
        with pytest.raises(DataError) as error:
            task().encode(broken)
        assert words in str(error.value)
    assert task().encoding != task(bert=False).encoding
    assert task().encoding["words"] == "first token of each, after ''"
