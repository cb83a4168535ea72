"""Whisper writes what it hears."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ftcli.config.generation import Generation
from ftcli.config.places import Places
from ftcli.config.schema import Model, Tokenizer
from ftcli.contracts import Backbone
from ftcli.errors import ConfigError, WeightsError
from ftcli.models.language.generation import generation_options
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.request import Request
from ftcli.models.speech.whisper import IGNORED
from tests.tiny import speech as tiny
from tests.tiny.sounds import tone
from tests.tiny.vocabularies import vocabulary

GREEDY = generation_options(Generation(), max_length=16)
OPTIONS = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "num_mel_bins": 16,
    "max_source_positions": 20,
    "max_target_positions": 12,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    torch.manual_seed(0)
    return tiny.whisper(tmp_path_factory.mktemp("whisper"))


def load(folder: str, weights: str | None = None, **asked: Any) -> tuple[Backbone, Any, Any]:
    model = asked.pop("model", Model(folder, weights=weights))
    backbone = load_backbone(
        "transcriber", Request(model, "audio", places=Places({"model": "x.yaml:3"}), **asked)
    )
    return backbone, backbone.module, backbone.preprocess


def sounds(preprocess: Any, *pitches: float) -> Tensor:
    rows = [preprocess.audio.encode(torch.from_numpy(tone(0.3, pitch, 16000))) for pitch in pitches]
    values: Tensor = preprocess.audio.collate(rows)["values"]
    return values


def test_it_learns_to_write_two_words(folder: str) -> None:
    torch.manual_seed(0)
    _, net, own = load(folder, "none")
    values, words = sounds(own, 200.0, 2000.0), ["low", "high"]
    targets = own.collate([own.tokens(word) for word in words])
    steps = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(60):
        logits = net(values, targets["decoder_input_ids"])
        loss = F.cross_entropy(logits.flatten(0, 1), targets["labels"].flatten(), ignore_index=IGNORED)
        steps.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        steps.step()
    for settings in (Generation(), Generation(beams=3)):
        options = generation_options(settings, max_length=16)
        assert net.eval().write(values, own, options) == words
    short = generation_options(Generation(max_new_tokens=2), max_length=16)
    assert net.write(values, own, short) == ["lo", "hi"]


def test_texts_become_a_prompt_letters_and_an_end(folder: str) -> None:
    _, _, own = load(folder)
    assert (own.prompt, own.end, own.most, own.room) == ((1,), 2, 16, 14)
    assert own.text(own.tokens("low high")) == "low high"
    assert len(own.tokens("a" * 40)) == 16
    batch = own.collate([own.tokens("low"), own.tokens("a")])
    assert batch["decoder_input_ids"][0].tolist()[0] == 1
    assert batch["labels"][1].tolist() == [own.tokens("a")[1], 2, IGNORED, IGNORED]


def test_writing_ends_and_is_the_same_in_any_company(folder: str) -> None:
    _, net, own = load(folder)
    values = sounds(own, 200.0, 900.0, 2000.0)
    net.eval()
    together = net.write(values, own, GREEDY)
    assert together == [net.write(one[None], own, GREEDY)[0] for one in values]
    assert all(len(text) <= own.room + 1 for text in together)


def test_a_short_window_is_saved_with_the_network(folder: str, tmp_path: Path) -> None:
    backbone, short, own = load(folder, max_seconds=0.31)
    assert own.longest == 0.32
    assert sounds(own, 440.0).shape == (1, 16, 32)
    save_backbone_files(backbone, tmp_path)
    again: Any = rebuild_backbone("it", tmp_path)
    again.module.load_state_dict(short.state_dict())
    values, ids = sounds(own, 440.0), torch.tensor([[1, 5]])
    assert torch.equal(again.module.eval()(values, ids), short.eval()(values, ids))
    assert (again.preprocess.prompt, again.preprocess.longest) == (own.prompt, own.longest)
    assert again.blocks == backbone.blocks


def test_blocks_go_up_from_the_ear_to_the_pen(folder: str) -> None:
    backbone, net, _ = load(folder)
    names = [block.name for block in backbone.blocks]
    assert names == [
        "embeddings",
        *(f"{part}.layers.{n}" for part in ("encoder", "decoder") for n in range(2)),
    ]
    held = [path for path, _ in [*net.named_parameters(), *net.named_buffers()]]
    assert all(sum(block.holds(path) for block in backbone.blocks) == 1 for path in held)
    assert "net.model.encoder.embed_positions.weight" in dict(net.named_buffers())  # sinusoids do not train


def test_from_nothing_with_the_letters_of_the_transcripts(tmp_path: Path) -> None:
    model = Model("whisper", config=OPTIONS)
    texts = ("low", "high time")
    backbone, net, own = load("", model=model, texts=lambda: texts)
    assert backbone.source == "whisper@none"
    assert own.text(own.tokens("high time")[1:]) == "high time"
    assert len(own.tokenised("low")) == 3  # letters, where nothing else is asked for
    assert (own.longest, own.most) == (0.4, 12)
    save_backbone_files(backbone, tmp_path)
    again: Any = rebuild_backbone("it", tmp_path)
    again.module.load_state_dict(net.state_dict())
    values = sounds(own, 440.0)
    assert again.module.eval().write(values, again.preprocess, GREEDY) == net.eval().write(
        values, own, GREEDY
    )
    pieces = load("", model=replace(model, tokenizer=Tokenizer("bpe")), texts=lambda: texts)[2]
    assert len(pieces.tokenised("low")) == 1


def test_a_language_is_named_where_the_model_knows_languages(folder: str) -> None:
    for model in (
        Model(folder, source_language="de"),
        Model("whisper", config=OPTIONS, source_language="de"),
    ):
        with pytest.raises(ConfigError, match=r"x.yaml:3: model.source_language: "):
            load("", model=model, texts=lambda: ("low",))


def test_texts_begin_with_the_tokens_of_their_language_and_task(tmp_path: Path) -> None:
    tiny.whisper(tmp_path)
    for name, content in vocabulary("whisper").files.items():
        (tmp_path / name).write_bytes(content)
    settings = {
        "tokenizer_class": "WhisperTokenizer",
        "unk_token": "<|endoftext|>",
        "eos_token": "<|endoftext|>",
    }
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))

    def prompt(language: str | None, *, verbatim: bool) -> list[str]:
        own = load(
            "", model=Model(str(tmp_path), weights="none", source_language=language), verbatim=verbatim
        )[2]
        found: list[str] = own.tokenizer.convert_ids_to_tokens(own.prompt)
        return found

    start, end = "<|startoftranscript|>", "<|notimestamps|>"
    assert prompt(None, verbatim=True) == [start, end]
    assert prompt(None, verbatim=False) == [start, "<|translate|>", end]
    assert prompt("en", verbatim=True) == [start, "<|en|>", "<|transcribe|>", end]
    assert prompt("en", verbatim=False) == [start, "<|en|>", "<|translate|>", end]


def test_a_missing_tokenizer_is_said(tmp_path: Path) -> None:
    tiny.whisper(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(WeightsError, match=r"no tokenizer.json"):
        load(str(tmp_path))
