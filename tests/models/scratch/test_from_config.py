from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch

from ftcli.config.options import Options
from ftcli.config.places import Places
from ftcli.config.reader import read_text
from ftcli.config.schema import Model, Tokenizer
from ftcli.errors import ConfigError
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.request import Request
from ftcli.models.scratch.from_config import KEY, new_config
from tests.config.written import written
from tests.tiny.models import CORPUS

PLACES = Places({"model": "x.yaml:3", "model.config.hidden_size": "x.yaml:7"})
BERT = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}


def wrong(model_type: str, **options: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        made(model_type, options)
    return str(caught.value)


def made(model_type: str, options: Mapping[str, Any]) -> Any:
    """The configuration of options that a user wrote."""
    return new_config(model_type, written(options, KEY, PLACES), PLACES)


def test_options_are_those_of_the_class_and_the_rest_as_published() -> None:
    config = made("bert", BERT)
    assert (config.hidden_size, config.num_hidden_layers, config.hidden_act) == (32, 1, "gelu")
    assert made("llama", {"rms_norm_eps": 1, **BERT}).rms_norm_eps == 1.0


def test_numbers_are_taken_as_they_are_written_in_yaml() -> None:
    text = "hidden_dropout_prob: 2.50e-1\nhidden_size: 024\nlayer_norm_eps: 1\n"
    options = Options.read(read_text(text, str)[0].value)
    config = new_config("bert", options, PLACES)
    assert (config.hidden_dropout_prob, config.hidden_size, config.layer_norm_eps) == (0.25, 24, 1.0)


def test_nested_options_pass_through() -> None:
    rope = {"rope_theta": 5e4, "rope_type": "default"}
    assert made("llama", BERT | {"rope_parameters": rope}).rope_parameters == rope
    convolutions = {"conv_dim": [32, 32], "conv_stride": [5, 2], "conv_kernel": [10, 3]}
    assert list(made("wav2vec2", convolutions).conv_dim) == [32, 32]


def test_options_may_have_their_usual_names() -> None:
    assert made("gpt2", {"hidden_size": 24, "n_head": 2}).n_embd == 24
    assert "is the same as 'n_embd'" in wrong("gpt2", hidden_size=24, n_embd=24)


@pytest.mark.parametrize(
    ("model_type", "options", "words"),
    [
        (
            "brt",
            {},
            "x.yaml:3: model.backbone: no model type of transformers is called 'brt'. Did you mean 'bert'?",
        ),
        (
            "bert",
            {"hidden_sise": 3},
            "model.config.hidden_sise: bert takes no option 'hidden_sise'. Did you mean",
        ),
        (
            "bert",
            {"hidden_size": "a"},
            "x.yaml:7: model.config.hidden_size: should be a whole number, not 'a'",
        ),
        ("bert", {"hidden_act": "gelux"}, "hidden_act: transformers has no 'gelux'. Did you mean 'gelu'?"),
        ("bert", {"num_hidden_layers": 0}, "num_hidden_layers: should be at least 1, not 0"),
        ("bert", {"vocab_size": 9}, "model.config.vocab_size: follows from the tokenizer, so leave it out"),
        ("bert", {"num_labels": 2}, "model.config.num_labels: is set by the task, so leave it out"),
        (
            "bert",
            {"hidden_size": 100},
            "x.yaml:3: model.config: no network can be made of these options: The hidden",
        ),
        (
            "llama",
            {"hidden_size": 30, "num_attention_heads": 4},
            "hidden size (30) is not a multiple of the number",
        ),
        ("llama", {"num_key_value_heads": 3}, "num_key_value_heads: should divide num_attention_heads (32)"),
        (
            "llama",
            {"rope_parameters": {"rope_type": "xx"}},
            "no network can be made of these options: it knows no 'xx'",
        ),
        ("bert", {"hidden_dropout_prob": 1.5}, "dropout probability has to be between 0 and 1"),
        (
            "audio-spectrogram-transformer",
            {"hidden_size": 33},
            "hidden_size (33) is not a multiple of the 12 heads",
        ),
    ],
)
def test_mistakes_name_their_option(model_type: str, options: dict[str, Any], words: str) -> None:
    assert words in wrong(model_type, **options)


def test_all_mistakes_are_told_at_once() -> None:
    assert wrong("bert", vocab_size=1, pad_token_id=0).count("\n") == 1
    assert wrong("bert", hidden_size="a", hidden_sise=1).count("model.config.") == 2


@pytest.mark.parametrize(
    "model_type", ["mbart", "whisper", "speecht5", "vits", "audio-spectrogram-transformer"]
)
def test_families_of_translation_and_speech_can_be_made(model_type: str) -> None:
    assert made(model_type, {}).model_type == model_type


def test_a_new_encoder_is_a_backbone_that_a_run_rebuilds(tmp_path: Any) -> None:
    config = BERT | {"max_position_embeddings": 40}
    model = Model("bert", config=config, tokenizer=Tokenizer("wordpiece", 80))
    backbone = load_backbone("tokens", Request(model, "text", texts=lambda: CORPUS))
    assert (backbone.width, backbone.source, backbone.preprocess.max_length) == (32, "bert@none", 40)  # type: ignore[union-attr]
    save_backbone_files(backbone, tmp_path)
    again = rebuild_backbone("x", tmp_path)
    again.module.load_state_dict(backbone.module.state_dict())
    batch = again.preprocess.tokenizer(["a good film", "a room"], padding=True, return_tensors="pt")  # type: ignore[union-attr]
    with torch.no_grad():
        assert torch.equal(again.module.eval()(**batch), backbone.module.eval()(**batch))
