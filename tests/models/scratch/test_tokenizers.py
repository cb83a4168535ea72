from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoConfig, AutoTokenizer

from ftcli.errors import DataError, ModelError
from ftcli.models.scratch.special_tokens import fit_config, special_tokens
from ftcli.models.scratch.tokenizers import KINDS, TokenizerKind, train_tokenizer

TEXTS = ["a good film", "the food was great", "Ein schöner Film, naïve!", 'he said: "no" (twice)'] * 3
SPELLED = ("wav2vec2", "vits")
FAMILIES = ("bert", "roberta", "gpt2", "llama", "t5", "marian", "mbart", "bart", "whisper", "speecht5")
PAIRS = [(kind, family) for family in FAMILIES for kind in KINDS] + [
    ("characters", family) for family in SPELLED
]


def digests() -> list[str]:
    """Of a tokenizer of each kind, on words so alike that a trainer which goes by chance has much to choose from."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghijklmnop", k=draw.randint(2, 8))) for _ in range(400)]
    texts = [" ".join(draw.choices(words, k=12)) for _ in range(200)]
    tokenizers: list[Any] = [train_tokenizer(kind, texts, 350, "t5") for kind in KINDS]
    return [hashlib.sha256(one.backend_tokenizer.to_str().encode()).hexdigest() for one in tokenizers]


def trained(kind: TokenizerKind, model_type: str, size: int | None = 400, **options: Any) -> Any:
    return train_tokenizer(kind, TEXTS, size, model_type, **options)


@pytest.mark.parametrize(("kind", "family"), PAIRS)
def test_what_is_saved_is_what_is_loaded(kind: TokenizerKind, family: str, tmp_path: Path) -> None:
    tokenizer = trained(kind, family)
    config = AutoConfig.for_model(family)
    fit_config(config, tokenizer)
    tokenizer.save_pretrained(tmp_path)
    config.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    text = "Ein naïve film,  was QUITE <s> bad\n"
    assert loaded(text, "a room") == tokenizer(text, "a room")
    assert loaded.get_vocab() == tokenizer.get_vocab()
    assert loaded.special_tokens_map == tokenizer.special_tokens_map
    ids = tokenizer(text)["input_ids"]
    assert loaded.decode(ids, skip_special_tokens=True) == tokenizer.decode(ids, skip_special_tokens=True)


def test_training_is_the_same_in_every_process_and_on_any_number_of_cores() -> None:
    program = "from tests.models.scratch.test_tokenizers import digests; print(*digests())"
    environment = os.environ | {"RAYON_NUM_THREADS": "1"}
    root = Path(__file__).parents[3]
    run = partial(subprocess.run, capture_output=True, text=True, check=True, cwd=root)
    alone = run([sys.executable, "-c", program], env=environment).stdout.split()
    assert digests() == digests() == alone


@pytest.mark.parametrize(
    ("family", "one", "two"),
    [
        ("bert", "[CLS] a [SEP]", "[CLS] a [SEP] b [SEP]"),
        ("roberta", "<s> a </s>", "<s> a </s> </s> b </s>"),
        ("gpt2", "a", "a b"),
        ("llama", "<s> a", "<s> a <s> b"),
        ("t5", "a </s>", "a </s> b </s>"),
        ("marian", "a </s>", "a </s> b </s>"),
        ("mbart", "a </s>", "a </s> b </s>"),
        ("whisper", "a <|endoftext|>", "a <|endoftext|> b <|endoftext|>"),
        ("wav2vec2", "a", "a b"),
    ],
)
def test_texts_are_dressed_as_the_family_expects(family: str, one: str, two: str) -> None:
    tokenizer = train_tokenizer("characters", ["a b"], None, family)
    tokens = [
        tokenizer.convert_ids_to_tokens(tokenizer(*texts)["input_ids"]) for texts in (("a",), ("a", "b"))
    ]
    assert [" ".join(row) for row in tokens] == [one, two]


def test_segments_of_a_pair_are_told_apart() -> None:
    tokenizer = train_tokenizer("wordpiece", ["a b"], None, "bert")
    assert tokenizer("a", "b", return_token_type_ids=True)["token_type_ids"] == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(("kind", "family"), [(kind, family) for kind, family in PAIRS if family != "vits"])
def test_a_text_survives(kind: TokenizerKind, family: str) -> None:
    tokenizer = trained(kind, family)
    ids = tokenizer("the good food")["input_ids"]
    options = {"group_tokens": False} if family == "wav2vec2" else {}
    assert tokenizer.decode(ids, skip_special_tokens=True, **options) == "the good food"


def test_bytes_spell_what_was_never_seen() -> None:
    tokenizer = trained("bpe", "gpt2")
    ids = tokenizer("日本 \n\tü")["input_ids"]
    assert tokenizer.unk_token_id not in ids
    assert tokenizer.decode(ids) == "日本 \n\tü"


@pytest.mark.parametrize("kind", KINDS)
def test_lower_case_is_of_the_tokenizer(kind: TokenizerKind) -> None:
    folded = trained(kind, "t5", lowercase=True)
    assert folded("FILM ÜBER").input_ids == folded("film über").input_ids
    assert trained(kind, "t5")("FILM").input_ids != trained(kind, "t5")("film").input_ids
    assert "ö" in folded.decode(folded("schöner").input_ids)  # accents stay


def test_ctc_spells_with_a_bar_between_words_and_takes_and_gives_lower_case() -> None:
    tokenizer = trained("characters", "wav2vec2", None, lowercase=True)
    first = ["<pad>", "<s>", "</s>", "<unk>", "|"]
    assert tokenizer.convert_ids_to_tokens(range(5)) == first
    ids = tokenizer("Good film")["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids) == list("GOOD|FILM")
    blanked = [index for one in ids for index in (one, 0)]
    assert tokenizer.decode(blanked) == "good film"
    with pytest.raises(DataError, match=r"holds '\|', which stands for the space"):
        train_tokenizer("characters", ["a|b"], None, "wav2vec2")


def test_vits_has_a_blank_between_characters() -> None:
    tokenizer = trained("characters", "vits", None)
    ids = tokenizer("a film")["input_ids"]
    assert ids[::2] == [0] * 7
    assert tokenizer.convert_ids_to_tokens(ids[1::2]) == list("a film")


@pytest.mark.parametrize("kind", KINDS)
def test_a_vocabulary_is_at_most_what_is_asked_and_enough_for_the_alphabet(kind: TokenizerKind) -> None:
    assert len(trained(kind, "bert", 300 if kind == "bpe" else 90)) <= 300
    with pytest.raises(ModelError, match=r"10 tokens is too small: the alphabet .* at least (\d+)") as caught:
        trained(kind, "bert", 10)
    minimum = int(str(caught.value).rpartition(" ")[2])
    assert len(trained(kind, "bert", minimum)) <= minimum
    with pytest.raises(ModelError, match=f"at least {minimum}"):
        trained(kind, "bert", minimum - 1)


def test_what_cannot_be_trained_is_an_error() -> None:
    with pytest.raises(DataError, match="no texts to train"):
        train_tokenizer("bpe", iter([" ", ""]), 300, "t5")
    with pytest.raises(ModelError, match="a tokenizer for wav2vec2 has the kind characters, not bpe"):
        trained("bpe", "wav2vec2")
    with pytest.raises(ModelError, match="'vit' has no texts"):
        trained("bpe", "vit")
    with pytest.raises(ModelError, match="'vitt' is unknown"):
        trained("bpe", "vitt")


@pytest.mark.parametrize(
    ("family", "start"),
    [
        ("t5", "pad"),
        ("marian", "pad"),
        ("mbart", "eos"),
        ("bart", "eos"),
        ("whisper", "bos"),
        ("speecht5", "eos"),
    ],
)
def test_a_configuration_takes_all_ids_from_the_tokenizer(family: str, start: str) -> None:
    tokenizer, config = trained("characters", family), AutoConfig.for_model(family)
    fit_config(config, tokenizer)
    assert config.vocab_size == len(tokenizer)
    assert getattr(config, "decoder_vocab_size", config.vocab_size) == config.vocab_size
    assert (config.pad_token_id, config.eos_token_id) == (tokenizer.pad_token_id, tokenizer.eos_token_id)
    assert config.decoder_start_token_id == getattr(tokenizer, f"{start}_token_id")
    assert getattr(config, "forced_eos_token_id", config.eos_token_id) == config.eos_token_id
    assert getattr(config, "begin_suppress_tokens", None) is None


def test_ids_of_special_tokens_are_the_first() -> None:
    for family in (*FAMILIES, *SPELLED):
        tokenizer = trained("characters", family)
        tokens = special_tokens(family).tokens
        assert tokenizer.convert_tokens_to_ids(tokens) == list(range(len(tokens)))
    assert trained("bpe", "t5").pad_token_id == 0
