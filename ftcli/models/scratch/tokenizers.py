"""Tokenizers trained on the user's texts, with the special tokens that the family of the model expects.

The same texts give the same tokenizer, on any number of cores. Of the trainers in `tokenizers` only byte pairs do: the
others read words in the order of a hash table that differs in every process.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast, VitsTokenizer, Wav2Vec2CTCTokenizer
from transformers.models.auto.modeling_auto import MODEL_FOR_CTC_MAPPING_NAMES

from ftcli.errors import DataError, ModelError
from ftcli.models.scratch.special_tokens import SpecialTokens, special_tokens

TokenizerKind = Literal["bpe", "wordpiece", "unigram", "characters"]
KINDS: tuple[TokenizerKind, ...] = get_args(TokenizerKind)
VOCABULARY = 8000  # tokens, where the user sets no size
SPACE = "▁"  # a space as a character of its own
THREADS = 4  # of SentencePiece, whose sums are added by thread: another number, other scores


def train_tokenizer(
    kind: TokenizerKind,
    texts: Iterable[str],
    vocab_size: int | None,
    model_type: str,
    *,
    lowercase: bool = False,
) -> PreTrainedTokenizerBase:
    """A tokenizer for `model_type` (`bert`, `t5`, ...) with at most `vocab_size` tokens, special ones included.

    Its kinds are byte pairs (Sennrich et al. 2016, on bytes as in GPT-2), word pieces (Schuster and Nakajima 2012),
    unigrams (Kudo 2018), which make one space of any white space, and characters. None for `vocab_size` is all
    characters, or `VOCABULARY` tokens. Few texts give fewer tokens. `texts` may be read twice. Raises `DataError` if
    there are no texts, and `ModelError` for a size below that of their alphabet or a kind that the model does not take.
    """
    rules = special_tokens(model_type)
    texts = texts if isinstance(texts, Sequence) else list(texts)
    if not any(text.strip() for text in texts):
        raise DataError("there are no texts to train a tokenizer on")
    if _is_ctc(model_type) or model_type == "vits":
        if kind != "characters":
            raise ModelError(
                f"a tokenizer for {model_type} has the kind characters, not {kind}: its tokens are characters of speech"
            )
        return _speech_characters(texts, vocab_size, model_type, lowercase, rules)
    trained = TRAINERS[kind](texts, vocab_size, lowercase, rules)
    return _with_special_tokens(trained, rules)


def _is_ctc(model_type: str) -> bool:
    return model_type in MODEL_FOR_CTC_MAPPING_NAMES


def _too_small(vocab_size: int, minimum: int) -> ModelError:
    return ModelError(
        f"a vocabulary of {vocab_size} tokens is too small: the alphabet of these texts needs at least {minimum}"
    )


def _with_special_tokens(trained: Tokenizer, rules: SpecialTokens) -> PreTrainedTokenizerFast:
    """With its special tokens, and the template that puts them around a text."""
    trained.add_special_tokens(rules.tokens)
    if rules.single:
        trained.post_processor = processors.TemplateProcessing(
            single=rules.single,
            pair=rules.pair,
            special_tokens=[(token, trained.token_to_id(token)) for token in rules.tokens],
        )
    return PreTrainedTokenizerFast(tokenizer_object=trained, **rules.roles)


# -------------------------------------------------------------------------------------------------- byte pairs


def _bpe(texts: Sequence[str], size: int | None, lowercase: bool, rules: SpecialTokens) -> Tokenizer:
    size = size or VOCABULARY
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = _folding(lowercase, normalizers.NFC())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    minimum = len(alphabet) + len(rules.tokens)
    if size < minimum:
        raise _too_small(size, minimum)
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=rules.tokens, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


# ------------------------------------------------------------------------------------------------- word pieces


def _wordpiece(texts: Sequence[str], size: int | None, lowercase: bool, rules: SpecialTokens) -> Tokenizer:
    """Two passes: the trainer numbers the alphabet by chance, unless it is given in an order."""
    size = size or VOCABULARY
    unknown = rules.roles["unk_token"]
    first = [*rules.tokens, *_alphabet(texts, lowercase, unknown, rules.tokens)]
    if size < len(first):
        raise _too_small(size, len(first))
    trained = _pieces(texts, lowercase, unknown, size, first)
    tokenizer = _word_tokenizer(models.WordPiece(trained.get_vocab(), unk_token=unknown), lowercase)
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _alphabet(texts: Sequence[str], lowercase: bool, unknown: str, specials: Sequence[str]) -> list[str]:
    """The characters as the first of a word, and as a later one (`##a`)."""
    found = _pieces(texts, lowercase, unknown, 0, specials).get_vocab()
    return sorted(found.keys() - set(specials))


def _pieces(
    texts: Sequence[str], lowercase: bool, unknown: str, size: int, first: Sequence[str]
) -> Tokenizer:
    tokenizer = _word_tokenizer(models.WordPiece(unk_token=unknown), lowercase)
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=list(first), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _word_tokenizer(model: Any, lowercase: bool) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


# ---------------------------------------------------------------------------------------------------- unigrams


def _unigram(texts: Sequence[str], size: int | None, lowercase: bool, rules: SpecialTokens) -> Tokenizer:
    """Trained by SentencePiece; its pieces and their log probabilities go into a tokenizer of `tokenizers`."""
    size = size or VOCABULARY
    one_space = (normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip())
    normalizer = _folding(lowercase, *one_space)
    normal = (normalizer.normalize_str(text) for text in texts)
    pieces = _scored(normal, size, len(rules.tokens))
    vocabulary = [(token, 0.0) for token in rules.tokens] + [
        pair for pair in pieces if pair[0] not in rules.tokens
    ]
    unknown = rules.tokens.index(rules.roles["unk_token"])
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def _scored(texts: Iterator[str], size: int, specials: int) -> list[tuple[str, float]]:
    """The pieces that SentencePiece finds, without its own special ones (it has one, for what is unknown)."""
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    model = io.BytesIO()
    try:
        SentencePieceTrainer.train(
            sentence_iterator=(text for text in texts if text),
            model_writer=model,
            model_type="unigram",
            vocab_size=max(size - specials + 1, 1),
            hard_vocab_limit=False,
            character_coverage=1.0,
            normalization_rule_name="identity",
            max_sentence_length=2**30,  # bytes; longer ones are left out
            bos_id=-1,
            eos_id=-1,
            num_threads=THREADS,
            minloglevel=3,
        )
    except RuntimeError as error:
        needed = re.search(r"required_chars\. (\d+) vs (\d+)", str(error))
        if needed is None:
            raise DataError(
                f"no unigrams can be found in these texts ({str(error).strip()[:200]})"
            ) from error
        raise _too_small(size, int(needed[2]) + specials - 1) from error
    trained = SentencePieceProcessor(model_proto=model.getvalue())
    ids = [index for index in range(trained.get_piece_size()) if not trained.is_unknown(index)]
    return [(trained.id_to_piece(index), trained.get_score(index)) for index in ids]


# -------------------------------------------------------------------------------------------------- characters


def _characters(texts: Sequence[str], size: int | None, lowercase: bool, rules: SpecialTokens) -> Tokenizer:
    normalizer = _folding(lowercase, normalizers.NFC(), normalizers.Replace(" ", SPACE))
    letters = sorted(set().union(*map(normalizer.normalize_str, texts)) | {SPACE})
    vocabulary = _numbered([*rules.tokens, *letters], size)
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=rules.roles["unk_token"]))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Sequence([decoders.Replace(SPACE, " "), decoders.Fuse()])
    return tokenizer


def _speech_characters(
    texts: Sequence[str], size: int | None, model_type: str, lowercase: bool, rules: SpecialTokens
) -> PreTrainedTokenizerBase:
    """The character tokenizers of transformers for CTC and for VITS; both are made from a file."""
    if _is_ctc(model_type):
        # Where case does not matter, its tokens are upper case; it takes and gives lower case.
        letters = {letter for text in texts for letter in (text.upper() if lowercase else text)}
        if "|" in letters:
            raise DataError("a text holds '|', which stands for the space between words in a CTC vocabulary")
        first = [*rules.tokens, "|"]
        tokenizer_class, options = Wav2Vec2CTCTokenizer, {"do_lower_case": lowercase}
    else:
        letters = {letter for text in texts for letter in (text.lower() if lowercase else text)} | {" "}
        first = rules.tokens
        tokenizer_class, options = VitsTokenizer, {"normalize": lowercase, "phonemize": False}
    known = sorted(letters - {" "} if "|" in first else letters)
    vocabulary = _numbered([*first, *known], size)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "vocab.json"
        path.write_text(json.dumps(vocabulary), encoding="utf-8")
        return tokenizer_class(str(path), **options)


def _numbered(tokens: Sequence[str], size: int | None) -> dict[str, int]:
    if size is not None and size < len(tokens):
        raise _too_small(size, len(tokens))
    return {token: index for index, token in enumerate(tokens)}


def _folding(lowercase: bool, *steps: Any) -> Any:
    return normalizers.Sequence([*steps, *([normalizers.Lowercase()] if lowercase else [])])


TRAINERS = {"bpe": _bpe, "wordpiece": _wordpiece, "unigram": _unigram, "characters": _characters}
