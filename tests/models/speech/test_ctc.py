"""Encoders that spell what they hear by CTC."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ftcli.config.places import Places
from ftcli.config.schema import Model, Tokenizer
from ftcli.contracts import Target
from ftcli.errors import ConfigError, RunError
from ftcli.losses.speech import CTC
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.request import Request
from tests.tiny import models as tiny_models
from tests.tiny import speech as tiny
from tests.tiny.sounds import tone

WORDS = ["low", "high"]
SPELLERS = ["wav2vec2", "hubert", "wavlm", "wav2vec2-bert"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("spelling")
    torch.manual_seed(0)
    return {name: tiny.ENCODERS[name](root / name) for name in [*SPELLERS, "ast"]}


def request(folder: str, weights: str | None = None, texts: tuple[str, ...] = tuple(WORDS)) -> Request:
    places = Places({"model": "x.yaml:3"})
    return Request(Model(folder, weights=weights), "audio", places=places, texts=lambda: texts)


def load(asked: Request) -> Any:
    return load_backbone("transcriber", asked)


def batch(backbone: Any, *pitches: float) -> dict[str, Tensor]:
    own: Any = backbone.preprocess.audio
    found: dict[str, Tensor] = own.collate(
        [own.encode(torch.from_numpy(tone(0.4, pitch, 16000))) for pitch in pitches]
    )
    return found


@pytest.mark.parametrize("name", SPELLERS)
def test_a_new_head_has_a_class_for_each_character(
    folders: dict[str, str], name: str, tmp_path: Path
) -> None:
    backbone = load(request(folders[name]))
    assert backbone.notes == ("a new CTC head has the characters of the transcripts, ghilow",)
    logits, counts = backbone.module.eval()(**batch(backbone, 200.0, 900.0))
    assert logits.shape[::2] == (2, 7)
    assert all(abs(int(count) - 20) <= 1 for count in counts)  # 20 ms a frame
    assert abs(backbone.preprocess.frame - 0.02) < 1e-9
    held = [*backbone.module.named_parameters(), *backbone.module.named_buffers()]
    blocks = [block.name for block in backbone.blocks]
    covered = {path: sum(block.holds(path) for block in backbone.blocks) for path, _ in held}
    assert {path for path, times in covered.items() if times != 1} == {
        "net.lm_head.weight",
        "net.lm_head.bias",
    }
    assert (blocks[0], backbone.head, backbone.loss) == ("embeddings", ("net.lm_head",), "ctc")
    save_backbone_files(backbone, tmp_path)
    again: Any = rebuild_backbone("it", tmp_path)
    again.module.load_state_dict(backbone.module.state_dict())
    assert torch.equal(
        again.module.eval()(**batch(again, 200.0))[0], backbone.module(**batch(backbone, 200.0))[0]
    )
    assert again.preprocess.characters == backbone.preprocess.characters


def test_it_learns_two_words(folders: dict[str, str]) -> None:
    """Two pitches become two words in a few steps: the head, the counts and the loss fit each other."""
    torch.manual_seed(0)
    backbone = load(request(folders["wav2vec2-bert"]))
    net, letters = backbone.module, backbone.preprocess.characters
    inputs, measure = batch(backbone, 200.0, 2000.0), CTC(target=Target("transcript"))
    for part in net.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    steps = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(60):
        logits, counts = net(**inputs)
        loss = measure(logits, counts, [letters.encode(word) for word in WORDS])
        steps.zero_grad()
        (loss.total / loss.count).backward()  # type: ignore[no-untyped-call]
        steps.step()
    with torch.no_grad():
        logits, counts = net.eval()(**inputs)
    said = [letters.decode(row[:n].tolist()) for row, n in zip(logits.argmax(-1), counts, strict=True)]
    assert said == WORDS


def test_the_own_head_is_used_where_it_spells_the_transcripts(tmp_path: Path) -> None:
    folder = tiny.spelling(tmp_path / "a")
    backbone = load(request(folder))
    assert backbone.notes == ("the CTC head of the model is used, with the characters ABGHILOW",)
    head = backbone.module.net.lm_head.weight
    assert torch.equal(load(request(folder)).module.net.lm_head.weight, head)
    assert backbone.preprocess.characters.read("LOW") == "low"
    other = load(request(folder, texts=("xyz",)))
    assert other.notes == (
        "a new CTC head has the characters of the transcripts, xyz (the model has none that spells them: ABGHILOW)",
    )
    fresh = load(request(folder, "none"))
    assert "a new CTC head" in fresh.notes[0]


def test_the_own_head_gets_rows_for_characters_that_it_lacks(tmp_path: Path) -> None:
    """The rows that were published stay, bit for bit; so do the blank, and how case is matched."""
    folder = tiny.spelling(tmp_path / "a")
    own = load(request(folder))
    texts = ("low", "Ha Ha", "low 24", "higher 4\n")
    found = load(request(folder, texts=texts))
    assert found.notes == (
        "2 of 4 transcripts hold characters that the CTC head of the model lacks (2 4 E R): it is used, with a new row "
        "for each of them",
    )
    before, after = own.preprocess.characters, found.preprocess.characters
    assert after.classes == (*before.classes, "2", "4", "E", "R")
    assert (after.blank, after.folded) == (before.blank, before.folded) == (0, "upper")
    assert after.decode(after.encode("low 24")) == "low 24"
    head, published = found.module.net.lm_head, own.module.net.lm_head
    assert head.out_features == len(after.classes) == published.out_features + 4
    assert torch.equal(head.weight[: len(before)], published.weight)
    assert torch.equal(head.bias[: len(before)], published.bias)
    assert head.weight[len(before) :].abs().max() > 0
    logits = found.module.eval()(**batch(found, 200.0))[0]
    assert torch.equal(logits[..., : len(before)], own.module.eval()(**batch(own, 200.0))[0])
    save_backbone_files(found, tmp_path / "saved")
    again: Any = rebuild_backbone("it", tmp_path / "saved")
    again.module.load_state_dict(found.module.state_dict())
    assert again.preprocess.characters == after


def test_a_run_of_ours_brings_its_head_to_the_next(folders: dict[str, str], tmp_path: Path) -> None:
    from safetensors.torch import save_file

    first = load(request(folders["wav2vec2"]))
    save_backbone_files(first, tmp_path / "model")
    state = {f"backbone.{name}": value for name, value in first.module.state_dict().items()}
    save_file(state, tmp_path / "model.safetensors")
    again = load(request(str(tmp_path / "model"), str(tmp_path / "model.safetensors")))
    assert all(
        torch.equal(again.module.state_dict()[name], value)
        for name, value in first.module.state_dict().items()
    )
    more = load(request(str(tmp_path / "model"), str(tmp_path / "model.safetensors"), ("low", "zero")))
    assert more.preprocess.characters.classes == (*first.preprocess.characters.classes, "e", "r", "z")
    assert torch.equal(
        more.module.net.wav2vec2.encoder.layers[0].feed_forward.output_dense.weight,
        first.module.net.wav2vec2.encoder.layers[0].feed_forward.output_dense.weight,
    )


def test_from_nothing(tmp_path: Path) -> None:
    options = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
    model = Model("wav2vec2-bert", config={**options, "feature_projection_input_dim": 32})
    asked = replace(request(""), model=model)
    backbone = load(asked)
    assert backbone.module(**batch(backbone, 200.0))[0].shape[-1] == 7
    with pytest.raises(ConfigError, match=r"model.tokenizer: is not for wav2vec2-bert, whose classes"):
        load(replace(asked, model=replace(model, tokenizer=Tokenizer("characters"))))


def test_what_does_not_spell_is_refused(folders: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"x.yaml:3: model.backbone: .*'audio-spectrogram-transformer': speech is"
    ):
        load(request(folders["ast"]))
    with pytest.raises(
        ConfigError, match=r"model.backbone: .*'bert': speech is recognised by whisper, or by"
    ):
        load(request(tiny_models.bert(tmp_path / "bert")))
    save_backbone_files(load(request(folders["hubert"])), tmp_path / "run")
    (tmp_path / "run" / "characters.json").unlink()
    with pytest.raises(RunError, match="the characters of its CTC head are missing"):
        rebuild_backbone("it", tmp_path / "run")
