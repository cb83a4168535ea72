"""Tiny pre-trained models: Hugging Face folders with their own tokenizers, and files of torchvision weights.

Each function takes a folder, fills it, and returns what `model.backbone` (or `model.weights`) takes.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer
from torchvision import models

CORPUS = [
    "a good film",
    "a bad film",
    "the food was great",
    "the room was dirty",
    "good food and a great room",
] * 4
WORDS = sorted({word for line in CORPUS for word in line.split()})
CHARACTERS = [*string.ascii_lowercase, *string.digits, *".,!?'-"]
WIDTH = 32  # of every tiny transformer


def save(folder: Path, model: Any, tokenizer: Any = None, processor: Mapping[str, Any] | None = None) -> str:
    hf.utils.logging.disable_progress_bar()
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    if tokenizer is not None:
        tokenizer.save_pretrained(folder)
    if processor is not None:
        (folder / "preprocessor_config.json").write_text(json.dumps(processor), encoding="utf-8")
    return str(folder)


# -------------------------------------------------------------------------------------------------- tokenizers


def _pieces(*specials: str) -> dict[str, int]:
    pieces = [*specials, *CHARACTERS, *(f"##{letter}" for letter in CHARACTERS), *WORDS]
    return {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}


def unigrams(*specials: str) -> list[tuple[str, float]]:
    words = [(f"▁{word}", -2.0) for word in WORDS]
    letters = [(letter, -6.0) for letter in ("▁", *CHARACTERS)]
    return [*((special, 0.0) for special in specials), *words, *letters]


def byte_pairs(*specials: str) -> tuple[dict[str, int], Any]:
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(CORPUS, vocab_size=300, show_progress=False, special_tokens=list(specials))
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]


# -------------------------------------------------------------------------------------------------------- texts


def encoder(vocabulary: int) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary,
        "hidden_size": WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 48,
        "max_position_embeddings": 64,
    }


def bert(folder: Path) -> str:
    """BERT with its masked-word head, as published, so without the weights of its pooler."""
    tokenizer = hf.BertTokenizer(vocab=_pieces("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"))
    return save(folder, hf.BertForMaskedLM(hf.BertConfig(**encoder(len(tokenizer)))), tokenizer)


def distilbert(folder: Path) -> str:
    """DistilBERT, which takes no segment ids."""
    vocab = _pieces("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    tokenizer = hf.BertTokenizer(vocab=vocab, model_max_length=48)
    config = hf.DistilBertConfig(
        vocab_size=len(vocab), dim=WIDTH, n_layers=2, n_heads=2, hidden_dim=48, max_position_embeddings=64
    )
    return save(folder, hf.DistilBertModel(config), tokenizer)


def roberta(folder: Path) -> str:
    """RoBERTa, whose positions start after its padding token's."""
    vocab, merges = byte_pairs("<s>", "<pad>", "</s>", "<unk>", "<mask>")
    tokenizer = hf.RobertaTokenizer(vocab=vocab, merges=merges)
    config = hf.RobertaConfig(
        **encoder(len(tokenizer)), bos_token_id=0, pad_token_id=1, eos_token_id=2, type_vocab_size=1
    )
    return save(folder, hf.RobertaModel(config), tokenizer)


def albert(folder: Path) -> str:
    """ALBERT, whose layers share their weights."""
    tokenizer = hf.AlbertTokenizer(vocab=unigrams("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"))
    config = hf.AlbertConfig(**encoder(len(tokenizer)), embedding_size=16)
    return save(folder, hf.AlbertModel(config), tokenizer)


def gpt2(folder: Path) -> str:
    """GPT-2, without a padding token."""
    vocab, merges = byte_pairs("<|endoftext|>")
    tokenizer = hf.GPT2Tokenizer(vocab=vocab, merges=merges)
    config = hf.GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=WIDTH,
        n_layer=2,
        n_head=2,
        n_positions=64,
        bos_token_id=0,
        eos_token_id=0,
    )
    return save(folder, hf.GPT2LMHeadModel(config), tokenizer)


def xlnet(folder: Path) -> str:
    """XLNet, which pads on the left and has its class token last."""
    specials = ("<unk>", "<s>", "</s>", "<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>")
    tokenizer = hf.XLNetTokenizer(vocab=unigrams(*specials))
    config = hf.XLNetConfig(vocab_size=len(tokenizer), d_model=WIDTH, n_layer=2, n_head=2, d_inner=48)
    return save(folder, hf.XLNetLMHeadModel(config), tokenizer)


def t5(folder: Path) -> str:
    """T5 with its decoder, which is left out when the encoder is loaded."""
    tokenizer = hf.T5Tokenizer(vocab=unigrams("<pad>", "</s>", "<unk>"), extra_ids=2)
    config = hf.T5Config(
        vocab_size=len(tokenizer),
        d_model=WIDTH,
        d_kv=16,
        d_ff=48,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
    )
    return save(folder, hf.T5ForConditionalGeneration(config), tokenizer)


# ------------------------------------------------------------------------------------------------------- images


def processor(**options: Any) -> dict[str, Any]:
    return {
        "do_resize": True,
        "size": {"height": 32, "width": 32},
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "resample": 2,
        **options,
    }


def vit(folder: Path) -> str:
    """ViT with its classifier, for images of 32 pixels in patches of 8."""
    config = hf.ViTConfig(
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        image_size=32,
        patch_size=8,
    )
    return save(folder, hf.ViTForImageClassification(config), processor=processor())


def resnet(folder: Path) -> str:
    """ResNet of two stages."""
    config = hf.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    return save(folder, hf.ResNetForImageClassification(config), processor=processor())


def convnext(folder: Path) -> str:
    """ConvNeXt of two stages, with the `crop_pct` of its kind."""
    config = hf.ConvNextConfig(hidden_sizes=[8, 16], depths=[1, 1], num_stages=2)
    settings = processor(size={"shortest_edge": 32}, crop_pct=0.875, resample=3)
    return save(folder, hf.ConvNextForImageClassification(config), processor=settings)


def swin(folder: Path) -> str:
    """Swin of two stages."""
    config = hf.SwinConfig(embed_dim=8, depths=[1, 1], num_heads=[1, 2], window_size=2, image_size=32)
    return save(folder, hf.SwinForImageClassification(config), processor=processor())


def mobilenet_v1(folder: Path) -> str:
    """The narrowest MobileNetV1, with a centre crop."""
    config = hf.MobileNetV1Config(depth_multiplier=0.1, image_size=32)
    settings = processor(
        size={"shortest_edge": 36}, do_center_crop=True, crop_size={"height": 32, "width": 32}
    )
    return save(folder, hf.MobileNetV1ForImageClassification(config), processor=settings)


TEXTS: dict[str, Callable[[Path], str]] = {
    "bert": bert,
    "distilbert": distilbert,
    "roberta": roberta,
    "albert": albert,
    "gpt2": gpt2,
    "xlnet": xlnet,
    "t5": t5,
}
IMAGES: dict[str, Callable[[Path], str]] = {
    "vit": vit,
    "resnet": resnet,
    "convnext": convnext,
    "swin": swin,
    "mobilenet_v1": mobilenet_v1,
}


def torchvision_weights(path: Path, name: str = "shufflenet_v2_x0_5", seed: int = 0) -> str:
    """Weights for the torchvision model `name`, classifier included, as `.safetensors` or, by the ending, `.pth`."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        state = models.get_model(name, weights=None).state_dict()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)
    return str(path)
