"""Networks that hear: what they are loaded from, and that padding and company change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ftcli.config.schema import Model
from ftcli.contracts import Backbone
from ftcli.errors import ConfigError, ModelError, WeightsError
from ftcli.models.audio import load_audio, needs_frames, rebuild_audio, save_audio
from ftcli.models.audio_preprocess import AudioPreprocess
from ftcli.models.characters import Characters, frames_needed
from ftcli.models.recognition import CTC
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
    return Request(Model(folder, weights=weights), "audio", places={"model": "x.yaml:3"})


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
    backbone = load_audio(request(folders[name]))
    features = heard(backbone, sound(0.3), sound(0.2), sound(0.02))
    assert features.shape == (3, backbone.width)
    assert features.isfinite().all()


@pytest.mark.parametrize("name", [*MASKED, "ast", "whisper"])
def test_a_sound_is_heard_the_same_in_any_company(folders: dict[str, str], name: str) -> None:
    backbone = load_audio(request(folders[name]))
    alone, longer = heard(backbone, sound(0.2)), heard(backbone, sound(0.2), sound(0.4))
    assert torch.allclose(alone[0], longer[0], atol=1e-5)
    assert not torch.allclose(longer[0], longer[1], atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_blocks_cover_everything_once(folders: dict[str, str], name: str) -> None:
    backbone = load_audio(request(folders[name]))
    held = [*backbone.module.named_parameters(), *backbone.module.named_buffers()]
    assert all(sum(block.holds(path) for block in backbone.blocks) == 1 for path, _ in held)
    assert not any("masked_spec_embed" in path for path, _ in held)
    assert backbone.blocks[0].name == "embeddings"
    assert backbone.blocks[1].name == "layers.0"


@pytest.mark.parametrize("name", NAMES)
def test_training_reaches_every_weight_and_draws_nothing_from_numpy(
    folders: dict[str, str], name: str
) -> None:
    backbone = load_audio(request(folders[name]))
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
    backbone = load_audio(request(str(tmp_path), "none"))
    assert heard(backbone, sound(0.3)).shape == (1, backbone.width)
    own = preprocess(load_audio(request(folders[name])))
    made = preprocess(backbone)
    assert (made.name, made.rate, made.masks, made.window) == (own.name, own.rate, own.masks, own.window)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_rebuilt_from_what_was_saved(folders: dict[str, str], name: str, tmp_path: Path) -> None:
    first = load_audio(request(folders[name]))
    save_audio(first, tmp_path)
    again = rebuild_audio(tmp_path, first.source)
    again.module.load_state_dict(first.module.state_dict())
    assert torch.equal(heard(first, sound(0.3)), heard(again, sound(0.3)))
    assert preprocess(again).facts == preprocess(first).facts
    assert again.blocks == first.blocks


def test_windows_are_those_of_the_network(folders: dict[str, str]) -> None:
    for name, longest in {"whisper": 0.5, "ast": 0.215, "wav2vec2": None}.items():
        own = preprocess(load_audio(request(folders[name])))
        assert own.longest == longest
    encoded = preprocess(load_audio(request(folders["whisper"]))).encode(sound(0.25))
    assert (encoded["values"].shape, int(encoded["length"])) == ((16, 50), 25)


def test_a_sound_is_encoded_the_same_every_time(folders: dict[str, str]) -> None:
    for name in NAMES:
        own = preprocess(load_audio(request(folders[name])))
        assert torch.equal(own.encode(sound(0.3))["values"], own.encode(sound(0.3))["values"])


def test_what_takes_no_sounds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: .*'bert', takes 'input_ids'"):
        load_audio(request(tiny_models.bert(tmp_path)))


def test_a_missing_or_unfit_extractor_is_said(folders: dict[str, str], tmp_path: Path) -> None:
    tiny.whisper(tmp_path)
    settings = tmp_path / "preprocessor_config.json"
    settings.write_text(settings.read_text().replace('"feature_size": 16', '"feature_size": 80'))
    with pytest.raises(ModelError, match="gives 80 mel bins, and the network takes 16"):
        load_audio(request(str(tmp_path)))
    settings.unlink()
    with pytest.raises(WeightsError, match=r"no preprocessor_config.json"):
        load_audio(request(str(tmp_path)))


# ------------------------------------------------------------------------------------------------------------ ctc


@pytest.mark.parametrize("name", ["wav2vec2", "wav2vec2-bert", "whisper"])
def test_frames_that_count(folders: dict[str, str], name: str) -> None:
    backbone = load_audio(request(folders[name]), frames=True)
    hidden, counts = heard(backbone, sound(0.4), sound(0.2))
    assert hidden.shape[::2] == (2, backbone.width)
    assert counts[0] <= hidden.shape[1]
    assert abs(int(counts[1]) - 10) <= 1  # 20 ms a frame
    needs_frames(backbone)


def test_patches_are_no_frames(folders: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="CTC cannot read them"):
        needs_frames(load_audio(request(folders["ast"]), frames=True))


def test_ctc_learns_two_words(folders: dict[str, str]) -> None:
    """Two pitches become two words in a few steps: the head, the counts and the loss fit each other."""
    from ftcli.losses.speech import ctc

    torch.manual_seed(0)
    backbone = load_audio(request(folders["wav2vec2-bert"]), frames=True)
    letters = Characters.of(["low", "high"])
    net = CTC(backbone, len(letters), dropout=0.0)
    words = ["low", "high"]
    own = preprocess(backbone)
    batch = own.collate([own.encode(sound(0.4, pitch)) for pitch in (200.0, 2000.0)])
    steps = torch.optim.Adam(net.parameters(), lr=3e-3)
    for part in net.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    for _ in range(60):
        logits, counts = net(**batch)
        loss = ctc(logits, counts, [letters.encode(word) for word in words])
        steps.zero_grad()
        (loss.total / loss.count).backward()  # type: ignore[no-untyped-call]
        steps.step()
    with torch.no_grad():
        logits, counts = net.eval()(**batch)
    said = [letters.decode(row[:n].tolist()) for row, n in zip(logits.argmax(-1), counts, strict=True)]
    assert said == words


def test_characters() -> None:
    letters = Characters.of(["seven", "three"])
    assert letters.letters == ("e", "h", "n", "r", "s", "t", "v")
    assert letters.decode([5, 5, 0, 1, 7, 7, 1, 3]) == "seven"
    three = letters.encode("three")
    assert letters.decode([three[0], three[1], three[2], three[3], 0, three[4]]) == "three"
    assert letters.decode(three) == "thre"
    assert frames_needed(three) == 6
    with pytest.raises(KeyError):
        letters.encode("zero")
