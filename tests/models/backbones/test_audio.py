"""Networks that take sounds: loading, and features that do not depend on padding and the rest of a batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ftcli.config.places import Places
from ftcli.config.schema import Model, Tokenizer
from ftcli.contracts import Backbone
from ftcli.errors import ConfigError
from ftcli.models.backbones.audio import AudioLoader
from ftcli.models.backbones.layers import mean_over_layers
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.pretrained.audio_preprocessing import AudioPreprocess
from ftcli.models.request import Request
from tests.tiny import models as tiny_models
from tests.tiny import speech as tiny
from tests.tiny.sounds import tone

NAMES = list(tiny.ENCODERS)
MASKED = ["wav2vec2", "wavlm", "wav2vec2-bert"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("speech")
    torch.manual_seed(0)
    return {name: make(root / name) for name, make in tiny.ENCODERS.items()}


def request(folder: str, weights: str | None = None) -> Request:
    return Request(Model(folder, weights=weights), "audio", places=Places({"model": "x.yaml:3"}))


def preprocess(backbone: Backbone) -> AudioPreprocess:
    found: Any = backbone.preprocess
    assert isinstance(found, AudioPreprocess)
    return found


def sound(seconds: float, pitch: float = 440.0) -> Tensor:
    return torch.from_numpy(tone(seconds, pitch, 16000))


@torch.no_grad()
def heard(backbone: Backbone, *sounds: Tensor) -> Any:
    rows = [preprocess(backbone).encode(one) for one in sounds]
    return backbone.module.eval()(**preprocess(backbone).collate(rows))


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_for_each_sound(folders: dict[str, str], name: str) -> None:
    backbone = AudioLoader().load(request(folders[name]))
    features = heard(backbone, sound(0.3), sound(0.2), sound(0.02))
    assert features.shape == (3, backbone.width)
    assert features.isfinite().all()


@pytest.mark.parametrize("name", [*MASKED, "ast", "whisper"])
def test_a_sound_is_heard_the_same_in_any_company(folders: dict[str, str], name: str) -> None:
    backbone = AudioLoader().load(request(folders[name]))
    alone, longer = heard(backbone, sound(0.2)), heard(backbone, sound(0.2), sound(0.4))
    assert torch.allclose(alone[0], longer[0], atol=1e-5)
    assert not torch.allclose(longer[0], longer[1], atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_blocks_cover_everything_once(folders: dict[str, str], name: str) -> None:
    backbone = AudioLoader().load(request(folders[name]))
    held = [*backbone.module.named_parameters(), *backbone.module.named_buffers()]
    assert all(sum(block.holds(path) for block in backbone.blocks) == 1 for path, _ in held)
    assert not any("masked_spec_embed" in path for path, _ in held)
    assert backbone.blocks[0].name == "embeddings"
    assert backbone.blocks[1].name == "layers.0"


@pytest.mark.parametrize("name", NAMES)
def test_training_reaches_every_weight_and_draws_nothing_from_numpy(
    folders: dict[str, str], name: str
) -> None:
    backbone = AudioLoader().load(request(folders[name]))
    rows = [preprocess(backbone).encode(sound(0.3, pitch)) for pitch in (200, 900)]
    backbone.module.train()(**preprocess(backbone).collate(rows)).square().sum().backward()
    still = [
        path
        for path, value in backbone.module.named_parameters()
        if value.requires_grad and value.grad is None
    ]
    assert not still


@pytest.mark.parametrize("name", NAMES)
def test_random_weights_need_no_files_but_the_configuration(
    folders: dict[str, str], name: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text((Path(folders[name]) / "config.json").read_text())
    torch.manual_seed(1)
    backbone = AudioLoader().load(request(str(tmp_path), "none"))
    assert heard(backbone, sound(0.3)).shape == (1, backbone.width)
    own = preprocess(AudioLoader().load(request(folders[name])))
    made = preprocess(backbone)
    assert (made.name, made.rate, made.masks, made.window) == (own.name, own.rate, own.masks, own.window)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_rebuilt_from_what_was_saved(folders: dict[str, str], name: str, tmp_path: Path) -> None:
    first = AudioLoader().load(request(folders[name]))
    saved = AudioLoader().save(first, tmp_path)
    again = AudioLoader().rebuild(tmp_path, {**saved, "source": first.source}, None)
    again.module.load_state_dict(first.module.state_dict())
    assert torch.equal(heard(first, sound(0.3)), heard(again, sound(0.3)))
    assert preprocess(again).facts == preprocess(first).facts
    assert again.blocks == first.blocks


def test_what_takes_no_sounds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: .*'bert', takes 'input_ids'"):
        AudioLoader().load(request(tiny_models.bert(tmp_path)))


# --------------------------------------------------------------------------------------------------- from nothing

SMALL = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
NOTHING: dict[str, dict[str, Any]] = {
    "wav2vec2": {**SMALL, "conv_dim": [8, 8], "conv_kernel": [10, 8], "conv_stride": [16, 20]},
    "wav2vec2-bert": {**SMALL, "feature_projection_input_dim": 32},
    "audio-spectrogram-transformer": {**SMALL, "num_mel_bins": 32, "max_length": 40},
    "whisper": {
        "d_model": 32,
        "encoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_layers": 1,
        "decoder_attention_heads": 2,
        "num_mel_bins": 24,
        "max_source_positions": 25,
    },
}


def from_nothing(name: str, options: dict[str, Any], **model: Any) -> Backbone:
    asked = Model(name, config=options, **model)
    return load_backbone("vector", Request(asked, "audio", places=Places({"model": "x.yaml:3"})))


@pytest.mark.parametrize("name", NOTHING)
def test_a_network_from_nothing_hears_and_is_rebuilt(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    made = from_nothing(name, NOTHING[name])
    assert (made.source, made.form) == (f"{name}@none", "vector")
    features = heard(made, sound(0.3), sound(0.2))
    assert features.shape == (2, 32)
    assert features.isfinite().all()
    save_backbone_files(made, tmp_path)
    again = rebuild_backbone("it", tmp_path)
    again.module.load_state_dict(made.module.state_dict())
    assert torch.equal(heard(again, sound(0.3), sound(0.2)), features)
    assert preprocess(again).facts == preprocess(made).facts


def test_mistakes_in_what_is_made_of_nothing() -> None:
    with pytest.raises(ConfigError, match=r"model.tokenizer: is for texts, and this network takes sounds"):
        from_nothing("wav2vec2", NOTHING["wav2vec2"], tokenizer=Tokenizer())
    with pytest.raises(ConfigError, match=r"model.backbone: bert, of type 'bert', takes 'input_ids'"):
        from_nothing("bert", SMALL)
    with pytest.raises(
        ConfigError, match=r"model.pooling: is for texts; sounds are pooled as their model does"
    ):
        from_nothing("wav2vec2", NOTHING["wav2vec2"], pooling="mean")
    with pytest.raises(ConfigError, match=r"model.config.d_modle: .*d_model"):
        from_nothing("whisper", {"d_modle": 3})


def test_a_short_window_of_whisper_costs_less_and_keeps_the_first_positions(folders: dict[str, str]) -> None:
    whole = AudioLoader().load(request(folders["whisper"]))
    short = AudioLoader().load(replace(request(folders["whisper"]), max_seconds=0.31))
    assert (preprocess(short).longest, preprocess(whole).longest) == (0.32, 0.5)
    positions: list[Any] = [one.module.net.embed_positions.weight for one in (whole, short)]  # type: ignore[union-attr]
    assert torch.equal(positions[1], positions[0][:16])
    assert not isinstance(positions[1], torch.nn.Parameter)  # sinusoids do not train
    assert (
        preprocess(AudioLoader().load(replace(request(folders["whisper"]), max_seconds=30.0))).longest == 0.5
    )


@pytest.mark.parametrize("name", NAMES)
def test_features_of_all_layers(folders: dict[str, str], name: str) -> None:
    """A spectrogram transformer pools its last layer in a way of its own, which is all that it has."""
    backbone = AudioLoader().load(request(folders[name]))
    last = heard(backbone, sound(0.3), sound(0.2))
    with mean_over_layers(backbone.module) as meant:
        mean = heard(backbone, sound(0.3), sound(0.2))
    assert meant == (backbone.family != "vit")
    assert mean.shape == last.shape
    assert torch.allclose(mean, last) != meant
    assert torch.equal(heard(backbone, sound(0.3), sound(0.2)), last)
