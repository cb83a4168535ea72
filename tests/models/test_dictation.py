"""Whisper writes what it hears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ftcli.config.schema import Model
from ftcli.contracts import Backbone
from ftcli.errors import ConfigError, WeightsError
from ftcli.models.recognition import IGNORED, load_dictation, rebuild_dictation, save_dictation
from ftcli.models.request import Request
from tests.tiny import speech as tiny
from tests.tiny.sounds import tone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    torch.manual_seed(0)
    return tiny.whisper(tmp_path_factory.mktemp("whisper"))


def load(folder: str, weights: str | None = None, seconds: float | None = None) -> tuple[Backbone, Any, Any]:
    backbone = load_dictation(
        Request(Model(folder, weights=weights), "audio", places={"model": "x.yaml:3"}), seconds=seconds
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
    written = net.eval().write(values, own.prompt, own.end, own.most)
    assert [own.text(row) for row in written] == words


def test_texts_become_a_prompt_letters_and_an_end(folder: str) -> None:
    _, _, own = load(folder)
    assert (own.prompt, own.end, own.most) == ((1,), 2, 16)
    assert own.text(own.tokens("low high")) == "low high"
    assert len(own.tokens("a" * 40)) == 16
    batch = own.collate([own.tokens("low"), own.tokens("a")])
    assert batch["decoder_input_ids"][0].tolist()[0] == 1
    assert batch["labels"][1].tolist() == [own.tokens("a")[1], 2, IGNORED, IGNORED]


def test_writing_ends_and_is_the_same_in_any_company(folder: str) -> None:
    _, net, own = load(folder)
    values = sounds(own, 200.0, 900.0, 2000.0)
    net.eval()
    together = net.write(values, own.prompt, own.end, own.most)
    assert together == [net.write(one[None], own.prompt, own.end, own.most)[0] for one in values]
    assert all(len(row) <= own.most - 1 and own.end not in row for row in together)


def test_a_short_window_costs_less_and_keeps_the_first_positions(folder: str, tmp_path: Path) -> None:
    _, whole, _ = load(folder)
    backbone, short, own = load(folder, seconds=0.31)
    assert own.audio.longest == 0.32
    assert sounds(own, 440.0).shape == (1, 16, 32)
    kept = short.net.get_encoder().embed_positions.weight
    assert torch.equal(kept, whole.net.get_encoder().embed_positions.weight[:16])
    save_dictation(backbone, tmp_path)
    again: Any = rebuild_dictation(tmp_path, backbone.source)
    again.module.load_state_dict(short.state_dict())
    values, ids = sounds(own, 440.0), torch.tensor([[1, 5]])
    assert torch.equal(again.module.eval()(values, ids), short.eval()(values, ids))
    assert load(folder, seconds=30)[2].audio.longest == 0.5  # never longer than before


def test_only_whisper_writes(tmp_path: Path, folder: str) -> None:
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: .*'wav2vec2'"):
        load(tiny.wav2vec2(tmp_path / "a"))
    tiny.whisper(tmp_path / "b")
    (tmp_path / "b" / "tokenizer.json").unlink()
    with pytest.raises(WeightsError, match=r"no tokenizer.json"):
        load(str(tmp_path / "b"))
