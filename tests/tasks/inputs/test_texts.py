from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from ftcli.contracts import Encoded, Example, TextPreprocess
from ftcli.errors import ConfigError, DataError
from ftcli.tasks.inputs.texts import Texts

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "very", "film")
PAD, UNK, CLS, SEP, GOOD, BAD, VERY, FILM = range(8)


def tokenizer(*, bert: bool = True, **options: Any) -> Any:
    """A word-level tokenizer that adds special tokens and types like BERT's, or none like GPT-2's."""
    words = Tokenizer(WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    if not bert:
        names = ["input_ids", "attention_mask"]
        return PreTrainedTokenizerFast(
            tokenizer_object=words, eos_token="[SEP]", model_input_names=names, **options
        )
    words.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)],
    )
    names = ["input_ids", "token_type_ids", "attention_mask"]
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", sep_token="[SEP]", model_input_names=names, **options
    )


def texts(max_length: int = 16, **options: Any) -> Texts:
    return Texts(TextPreprocess(tokenizer(**options), max_length))


def ids(inputs: Mapping[str, Tensor]) -> dict[str, list[int]]:
    assert all(value.dtype == torch.int32 for value in inputs.values())
    return {name: value.tolist() for name, value in inputs.items()}


def encoded(reader: Texts, one: Example) -> dict[str, list[int]]:
    return ids(reader.encode_inputs([one])[0])


def example(text: Any, pair: Any = None) -> Example:
    return Example("row 3", {"text": text} if pair is None else {"text": text, "text_pair": pair})


def test_a_text_becomes_ids() -> None:
    assert encoded(texts(), example("very good film")) == {
        "input_ids": [CLS, VERY, GOOD, FILM, SEP],
        "token_type_ids": [0, 0, 0, 0, 0],
    }


def test_a_pair_has_two_types() -> None:
    assert encoded(texts(), example("good", "bad film")) == {
        "input_ids": [CLS, GOOD, SEP, BAD, FILM, SEP],
        "token_type_ids": [0, 0, 0, 1, 1, 1],
    }


def test_a_long_text_is_cut_at_its_end() -> None:
    assert encoded(texts(max_length=4), example("good bad very film"))["input_ids"] == [CLS, GOOD, BAD, SEP]


def test_the_longer_text_of_a_pair_is_cut_first() -> None:
    found = encoded(texts(max_length=6), example("good bad very film good bad", "film"))["input_ids"]
    assert found == [CLS, GOOD, BAD, SEP, FILM, SEP]


def test_texts_that_are_cut_are_counted() -> None:
    rows = [
        example("good bad very film"),
        example("good"),
        example("good bad", "film"),
        example("good", "film"),
    ]
    (note,) = texts(max_length=5).notes(rows)
    assert note == "2 of 4 texts have more than 5 tokens (data.max_length): the rest is cut off"
    assert texts(max_length=6).notes(rows) == []


@pytest.mark.parametrize(("side", "row"), [("right", [CLS, SEP, PAD, PAD]), ("left", [PAD, PAD, CLS, SEP])])
def test_padding_is_to_the_longest_on_the_tokenizers_side(side: str, row: list[int]) -> None:
    reader = texts(padding_side=side)
    reader.tokenizer._pad_token_type_id = 3  # as XLNet's does
    rows = [Encoded(text, reader.encode_inputs([example(text)])[0]) for text in ("", "good film")]
    batch = {name: value.tolist() for name, value in reader.collate(rows, training=True).items()}
    assert batch == {
        "input_ids": [row, [CLS, GOOD, FILM, SEP]],
        "attention_mask": [[int(token != PAD) for token in row], [1, 1, 1, 1]],
        "token_type_ids": [[3 if token == PAD else 0 for token in row], [0, 0, 0, 0]],
    }


def test_a_tokenizer_without_padding_token_or_types_pads_under_the_mask() -> None:
    reader = texts(bert=False)
    rows = [Encoded(text, reader.encode_inputs([example(text)])[0]) for text in ("good", "bad film")]
    batch = {name: value.tolist() for name, value in reader.collate(rows, training=False).items()}
    assert batch == {"input_ids": [[GOOD, 0], [BAD, FILM]], "attention_mask": [[1, 0], [1, 1]]}


def test_an_empty_text_still_has_a_token_to_pool() -> None:
    assert encoded(texts(bert=False), example("")) == {"input_ids": [SEP]}


@pytest.mark.parametrize("value", [None, 3.5])
def test_what_is_no_text_is_named(value: object) -> None:
    with pytest.raises(DataError, match=r"row 3: .* is not a text"):
        encoded(texts(), example(value))


def test_a_length_without_room_is_answered() -> None:
    with pytest.raises(ConfigError, match=r"data\.max_length: 2 leaves no room .* at least 3"):
        texts(max_length=2)
    with pytest.raises(ConfigError, match=r"3 special tokens of a pair of texts. It must be at least 5"):
        encoded(texts(max_length=3), example("good", "bad"))


def test_many_texts_at_once_are_each_text_alone() -> None:
    reader = texts(max_length=6)
    some = [
        example("very good film"),
        example("good", "bad film"),
        example(""),
        Example("row 4", {"text": "bad", "text_pair": None}),
        example("good bad very film good bad", "film"),
    ]
    assert [ids(row) for row in reader.encode_inputs(some)] == [encoded(reader, one) for one in some]
    plain = texts(bert=False).encode_inputs([example(""), example("good")])
    assert [ids(row) for row in plain] == [{"input_ids": [SEP]}, {"input_ids": [GOOD]}]
    assert reader.encode_inputs([]) == []


def test_the_encoding_says_what_decides_the_ids() -> None:
    reader = texts()
    before = reader.encoding
    encoded(reader, example("good", "bad"))  # leaves its truncation in the tokenizer
    assert reader.encoding == before == texts().encoding
    assert texts(max_length=8).encoding != before
    assert texts(bert=False).encoding != before
