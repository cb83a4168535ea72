"""Tiny networks for sounds: Hugging Face folders with their own feature extractors and tokenizers.

Each function takes a folder, fills it, and returns what `model.backbone` takes.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import transformers as hf
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from tokenizers.decoders import Fuse

WIDTH = 32
_LAYERS: dict[str, Any] = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
}
_CONVOLUTIONS: dict[str, Any] = {
    "conv_dim": (16, 16, 16),
    "conv_kernel": (10, 8, 4),
    "conv_stride": (8, 8, 5),  # 320 samples a frame, as in the large ones
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
    "layerdrop": 0.0,
}


def _save(folder: Path, *parts: Any) -> str:
    hf.utils.logging.disable_progress_bar()
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        part.save_pretrained(folder)
    return str(folder)


def letters() -> Any:
    """A tokenizer of single letters."""
    known = {
        piece: index
        for index, piece in enumerate(["<pad>", "<s>", "</s>", "<unk>", " ", *string.ascii_lowercase])
    }
    tokenizer = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.decoder = Fuse()
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def wav2vec2(folder: Path) -> str:
    """wav2vec 2.0 with the CTC head it was published with."""
    config = hf.Wav2Vec2Config(**_LAYERS, **_CONVOLUTIONS, vocab_size=13)
    return _save(folder, hf.Wav2Vec2ForCTC(config), hf.Wav2Vec2FeatureExtractor(return_attention_mask=True))


def spelling(folder: Path) -> str:
    """wav2vec 2.0 with a CTC head and its tokenizer of capitals, as published."""
    made = wav2vec2(folder)
    tokens = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ABGHILOW"]
    (folder / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    return made


def hubert(folder: Path) -> str:
    """HuBERT with a group norm, which is told of no padding."""
    options = _CONVOLUTIONS | {"feat_extract_norm": "group", "do_stable_layer_norm": False}
    config = hf.HubertConfig(**_LAYERS, **options)
    return _save(folder, hf.HubertModel(config), hf.Wav2Vec2FeatureExtractor(return_attention_mask=False))


def wavlm(folder: Path) -> str:
    """WavLM."""
    config = hf.WavLMConfig(**_LAYERS, **_CONVOLUTIONS)
    return _save(folder, hf.WavLMModel(config), hf.Wav2Vec2FeatureExtractor(return_attention_mask=True))


def wav2vec2_bert(folder: Path) -> str:
    """wav2vec 2.0 on spectrograms."""
    config = hf.Wav2Vec2BertConfig(**_LAYERS, feature_projection_input_dim=32, layerdrop=0.0)
    return _save(
        folder, hf.Wav2Vec2BertModel(config), hf.SeamlessM4TFeatureExtractor(num_mel_bins=16, feature_size=16)
    )


def ast(folder: Path) -> str:
    """AST with its classifier, for a fifth of a second."""
    config = hf.ASTConfig(**_LAYERS, max_length=20, num_mel_bins=32, frequency_stride=16, time_stride=4)
    extractor = hf.ASTFeatureExtractor(max_length=20, num_mel_bins=32)
    return _save(folder, hf.ASTForAudioClassification(config), extractor)


def whisper(folder: Path) -> str:
    """Whisper for half a second, with a tokenizer of letters."""
    tokenizer = letters()
    config = hf.WhisperConfig(
        vocab_size=len(tokenizer),
        num_mel_bins=16,
        d_model=WIDTH,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        max_source_positions=25,
        max_target_positions=16,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    net = hf.WhisperForConditionalGeneration(config)
    return _save(folder, net, hf.WhisperFeatureExtractor(feature_size=16), tokenizer)


def speecht5(folder: Path) -> str:
    """SpeechT5 that speaks, two frames of 80 mels at once."""
    tokenizer = letters()
    config = hf.SpeechT5Config(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        speech_decoder_prenet_units=16,
        speech_decoder_postnet_units=16,
        speech_decoder_postnet_layers=2,
        speaker_embedding_dim=8,
        max_text_positions=20,
        max_speech_positions=40,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return _save(folder, hf.SpeechT5ForTextToSpeech(config), hf.SpeechT5FeatureExtractor(), tokenizer)


def hifigan(folder: Path) -> str:
    """HiFi-GAN of one layer: 16 samples a frame."""
    config = hf.SpeechT5HifiGanConfig(
        upsample_initial_channel=8,
        upsample_rates=[4, 4],
        upsample_kernel_sizes=[8, 8],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1]],
    )
    return _save(folder, hf.SpeechT5HifiGan(config))


ENCODERS: dict[str, Callable[[Path], str]] = {
    "wav2vec2": wav2vec2,
    "hubert": hubert,
    "wavlm": wavlm,
    "wav2vec2-bert": wav2vec2_bert,
    "ast": ast,
    "whisper": whisper,
}
