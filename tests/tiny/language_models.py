"""Tiny whole language models beside those of `tests.tiny.models`: folders with weights and tokenizers of their own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import transformers as hf
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

from tests.tiny import models as tiny


def _stacks(vocabulary: int) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary,
        "d_model": tiny.WIDTH,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 48,
        "decoder_ffn_dim": 48,
        "max_position_embeddings": 64,
    }


def llama(folder: Path) -> str:
    """Llama, its head not tied to its embeddings, and a tokenizer that begins each text with <s>."""
    tokenizer = hf.LlamaTokenizer(*tiny.byte_pairs("<unk>", "<s>", "</s>"))
    config = hf.LlamaConfig(**tiny.encoder(len(tokenizer)), num_key_value_heads=1)
    return tiny.save(folder, hf.LlamaForCausalLM(config), tokenizer)


def sentencepiece(path: Path) -> list[str]:
    """A file of SentencePiece trained on the tiny corpus; its pieces."""
    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(tiny.CORPUS),
        model_writer=model,
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=3,
    )
    path.write_bytes(model.getvalue())
    trained = SentencePieceProcessor(model_proto=model.getvalue())
    return [trained.id_to_piece(index) for index in range(trained.get_piece_size())]


def marian(folder: Path) -> str:
    """Marian with the files of an Opus-MT model: two of SentencePiece and a vocabulary."""
    folder.mkdir(parents=True)
    pieces = sentencepiece(folder / "source.spm")
    sentencepiece(folder / "target.spm")
    tokens = list(dict.fromkeys(["</s>", "<unk>", *pieces, "<pad>"]))
    (folder / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "MarianTokenizer"}))
    pad = len(tokens) - 1
    ids = {"pad_token_id": pad, "decoder_start_token_id": pad, "eos_token_id": 0, "forced_eos_token_id": 0}
    return tiny.save(folder, hf.MarianMTModel(hf.MarianConfig(**_stacks(len(tokens)), **ids)))


def mbart(folder: Path) -> str:
    """mBART, whose texts end in the code of their language."""
    tokenizer = hf.MBartTokenizer(vocab=tiny.unigrams("<s>", "<pad>", "</s>", "<unk>"))
    config = hf.MBartConfig(**_stacks(len(tokenizer)), pad_token_id=1, bos_token_id=0, eos_token_id=2)
    return tiny.save(folder, hf.MBartForConditionalGeneration(config), tokenizer)


MODELS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "t5": ("seq2seq", tiny.t5),
    "marian": ("seq2seq", marian),
    "mbart": ("seq2seq", mbart),
    "gpt2": ("causal", tiny.gpt2),
    "llama": ("causal", llama),
    "bert": ("masked", tiny.bert),
}
