"""SpeechT5 learns to speak, and spectrograms become sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import Backbone, Target
from ftcli.errors import ConfigError
from ftcli.losses.speech import Spectrogram
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.request import Request
from ftcli.models.speech.speecht5 import Voices
from tests.models.speech.sounds import vowel
from tests.tiny import speech as tiny

SPEECH = Target("speech")
OPTIONS = {
    "hidden_size": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "speech_decoder_prenet_units": 16,
    "speech_decoder_postnet_units": 16,
    "speaker_embedding_dim": 4,
    "num_mel_bins": 40,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    torch.manual_seed(0)
    return tiny.speecht5(tmp_path_factory.mktemp("speecht5"))


def load(
    folder: str, weights: str | None = None, speakers: int = 2, **asked: Any
) -> tuple[Backbone, Any, Any]:
    model = asked.pop("model", Model(folder, weights=weights))
    request = Request(model, "text", places=Places({"model": "x.yaml:3"}), **asked)
    backbone = load_backbone("synthesizer", request)
    return backbone, Voices(backbone, speakers), backbone.preprocess


def measured(net: Any, inputs: dict[str, Tensor], **options: float) -> Any:
    tokens = inputs["attention_mask"].sum(1)
    return Spectrogram(target=SPEECH, **options)(**net(**inputs), wanted=inputs["spectrogram"], tokens=tokens)


def batch(own: Any) -> dict[str, Tensor]:
    texts = own.collate([own.tokens("low"), own.tokens("high")])
    mels = own.collate_spectrograms([own.spectrogram(vowel(0.1)), own.spectrogram(vowel(0.2, pitch=240))])
    return {**texts, "spectrogram": mels, "speaker": torch.tensor([0, 1])}


def test_it_gives_what_transformers_gives(folder: str) -> None:
    """The same two losses as transformers' own, whose sums are divided by the same counts."""
    _, net, own = load(folder)
    inputs = batch(own)
    net.backbone.net.config.use_guided_attention_loss = False
    with torch.no_grad():
        loss = measured(net.eval(), inputs, guided_attention=0.0)
        torch.manual_seed(0)
        theirs = net.backbone.net(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            labels=inputs["spectrogram"],
            speaker_embeddings=net.speakers.weight,
        ).loss
    assert int(loss.count) == 7 + 13
    assert torch.allclose(loss.total / loss.count, theirs, rtol=1e-4)
    assert torch.allclose(sum(loss.parts.values(), torch.zeros(())), loss.total)


def test_it_learns(folder: str) -> None:
    torch.manual_seed(0)
    _, net, own = load(folder, "none")
    inputs, losses = batch(own), []
    steps = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(40):
        loss = measured(net.train(), inputs)
        steps.zero_grad()
        (loss.total / loss.count).backward()
        steps.step()
        losses.append(float(loss.total.detach() / loss.count))
    assert losses[-1] < 0.5 * losses[0]
    assert net.speakers.weight.grad is not None


def test_the_speaker_is_heard_and_evaluation_is_the_same_every_time(folder: str) -> None:
    _, net, own = load(folder)
    inputs = batch(own)
    net.eval()
    state = torch.random.get_rng_state()
    first, again = net(**inputs)["after"], net(**inputs)["after"]
    other = net(**{**inputs, "speaker": torch.tensor([1, 0])})["after"]
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_it_speaks_until_it_stops(folder: str) -> None:
    _, net, own = load(folder)
    texts = own.collate([own.tokens("low"), own.tokens("higher")])
    spoken = net.eval().speak(**texts, speaker=torch.tensor([0, 1]), longest=4.0)
    assert len(spoken) == 2
    assert all(row.shape[1] == 80 and 1 <= len(row) <= 4 * texts["input_ids"].shape[1] for row in spoken)
    assert all(
        torch.equal(*pair)
        for pair in zip(spoken, net.speak(**texts, speaker=torch.tensor([0, 1]), longest=4.0), strict=True)
    )


def test_texts_and_sounds_are_cut_where_positions_end(folder: str) -> None:
    _, _, own = load(folder)
    assert len(own.tokens("a" * 50)) == 20
    assert len(own.spectrogram(vowel(2.0))) == 80
    assert len(own.spectrogram(vowel(0.5))) == 32
    assert own.collate_spectrograms([own.spectrogram(vowel(0.1))]).shape == (
        1,
        8,
        80,
    )  # 7 frames, said by twos


def test_it_is_rebuilt_from_what_was_saved(folder: str, tmp_path: Path) -> None:
    backbone, net, own = load(folder)
    save_backbone_files(backbone, tmp_path)
    rebuilt = rebuild_backbone("it", tmp_path)
    again = Voices(rebuilt, 2)
    again.load_state_dict(net.state_dict())
    assert torch.equal(again.eval()(**batch(own))["after"], net.eval()(**batch(rebuilt.preprocess))["after"])
    held = [path for path, _ in [*net.named_parameters(), *net.named_buffers()]]
    assert all(sum(block.holds(path) for block in net.blocks) == 1 for path in held)
    assert [block.name for block in net.blocks] == [
        "embeddings", "encoder.layers.0", "decoder.layers.0", "postnet", "head",
    ]  # fmt: skip


def test_attention_is_how_much_each_step_looks_at_each_token(folder: str) -> None:
    _, net, own = load(folder)
    inputs = batch(own)
    attention = net.eval()(**inputs)["attention"]
    assert attention.shape == (2, inputs["spectrogram"].shape[1] // 2, inputs["input_ids"].shape[1])
    assert torch.allclose(attention.sum(2), torch.ones(()), atol=1e-5)
    assert float(attention[0, :, 3:].detach().abs().max()) < 1e-6  # padding


def test_from_nothing_with_the_letters_of_the_texts(tmp_path: Path) -> None:
    texts = ("low", "high time")
    backbone, net, own = load("", model=Model("speecht5", config=OPTIONS), texts=lambda: texts)
    assert backbone.source == "speecht5@none"
    assert len(own.tokenised("low")) == 4  # and the end
    assert own.unknown("slow") == {"s"}
    assert own.spectrogram(vowel(0.1)).shape == (7, 40)
    inputs = batch(own)
    assert net.eval()(**inputs)["after"].shape == inputs["spectrogram"].shape
    save_backbone_files(backbone, tmp_path)
    again: Any = rebuild_backbone("it", tmp_path).preprocess
    assert torch.equal(again.spectrogram(vowel(0.1)), own.spectrogram(vowel(0.1)))
    assert again.tokenised("high") == own.tokenised("high")


def test_only_speecht5_learns_to_speak(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: .*'wav2vec2'"):
        load(tiny.wav2vec2(tmp_path))
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: .*'vits': only speecht5"):
        load("", model=Model("vits", config={}), texts=lambda: ("low",))
