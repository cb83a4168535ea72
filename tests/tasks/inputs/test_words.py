"""The words of a sentence among its tokens, whatever the tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf

from ftcli.contracts import Example, TextPreprocess
from ftcli.tasks.inputs.word_splitting import split_words
from ftcli.tasks.inputs.words import Words
from tests.tasks.inputs.test_texts import BAD, CLS, GOOD, tokenizer
from tests.tiny import models as tiny


def example(text: Any) -> Example:
    return Example("row 3", {"text": text})


def starts(reader: Words, *words: str) -> list[int]:
    (inputs,) = reader.encode_inputs([example(words)])
    assert inputs["starts"].dtype == torch.int32
    return inputs["starts"].tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ann  lives in\nNew York.", "Ann lives in New York ."),
        ('("see fig.2)!!', '( " see fig.2 ) !!'),
        ("don't @you #tag https://x.y/z?a", "don't @you #tag https://x.y/z?a"),
        ("wait... what?!", "wait ... what ? !"),
        ("«Oui», dit-il", "« Oui » , dit-il"),
        ("...", "..."),
        (" ", ""),
    ],
)
def test_plain_texts_are_split_at_spaces_and_marks(text: str, words: str) -> None:
    assert split_words(text) == tuple(words.split())


def test_a_long_row_of_marks_takes_no_longer_for_each_of_them() -> None:
    """A search for the marks behind a word from each of its characters would take hours."""
    assert split_words("!" * 1_000_000 + "a") == ("!" * 1_000_000 + "a",)


def test_each_word_has_its_first_token() -> None:
    reader = Words(TextPreprocess(tokenizer(), 16))
    (inputs,) = reader.encode_inputs([example(("good", "bad.bad", "film"))])
    assert inputs["input_ids"].tolist()[:3] == [CLS, GOOD, BAD]
    assert inputs["starts"].tolist() == [1, 2, 5]
    assert starts(reader) == []


@pytest.mark.parametrize("name", tiny.TEXTS)
def test_words_are_found_whatever_the_tokenizer(name: str, tmp_path: Path) -> None:
    tokens = hf.AutoTokenizer.from_pretrained(tiny.TEXTS[name](tmp_path / name))
    reader = Words(TextPreprocess(tokens, 40))
    words = ("the", "film", "was", "xyz", "great")
    (inputs,) = reader.encode_inputs([example(words)])
    text = tokens(" ".join(words), add_special_tokens=True)
    assert inputs["input_ids"].tolist() == text["input_ids"]  # as pre-trained: no word looks like the first
    spans = [text.token_to_chars(place) for place in inputs["starts"].tolist()]
    begins = [len(" ".join(words[:n])) + (n > 0) for n in range(5)]
    assert all(span.start in (at, at - 1) for span, at in zip(spans, begins, strict=True))


@pytest.mark.parametrize(("length", "found"), [(40, [0, 2, 3, 6]), (6, [0, 2, 3, -1])])
def test_slow_tokenizers_go_word_by_word(length: int, found: list[int]) -> None:
    tokens = hf.ByT5Tokenizer()
    assert not tokens.is_fast
    reader = Words(TextPreprocess(tokens, length))
    (inputs,) = reader.encode_inputs([example(("ab", "", "cd", "efg"))])
    pieces = tokens("ab  cd efg", add_special_tokens=False)["input_ids"]
    assert inputs["input_ids"].tolist() == [*pieces[: length - 1], tokens.eos_token_id]
    assert inputs["starts"].tolist() == found
    assert bool(reader.notes([example(("ab", "", "cd", "efg"))])) == (length == 6)


def test_characters_that_a_tokenizer_drops_leave_a_word_without_token(tmp_path: Path) -> None:
    tokens = hf.AutoTokenizer.from_pretrained(tiny.bert(tmp_path / "bert"))
    reader = Words(TextPreprocess(tokens, 16))
    (inputs,) = reader.encode_inputs([example(("film", "\u200d", "good"))])
    assert inputs["starts"].tolist() == [1, -1, 2]
    assert not reader.notes([example(("film", "\u200d", "good"))])
