"""Folders as they were published: with PyTorch files alone, for other code of attention."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file
from torch import nn

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import Backbone, Form
from ftcli.errors import WeightsError
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.models.speech.vocoder import load_vocoder
from tests.models.conftest import load
from tests.tiny import detectors, language_models, speech
from tests.tiny import models as tiny

Make = Callable[[Path], str]

# As many of each kind of loader as were published without safetensors, and the forms that they are loaded in.
PUBLISHED: dict[str, tuple[Make, str, Form]] = {
    "bert": (tiny.bert, "text", "vector"),
    "xlnet": (tiny.xlnet, "text", "vector"),
    "albert": (tiny.albert, "text", "tokens"),
    "t5": (tiny.t5, "text", "seq2seq"),
    "marian": (language_models.marian, "text", "seq2seq"),
    "gpt2": (tiny.gpt2, "text", "causal"),
    "masked": (tiny.bert, "text", "masked"),
    "wav2vec2": (speech.wav2vec2, "audio", "vector"),
    "wavlm": (speech.wavlm, "audio", "vector"),
    "spelling": (speech.spelling, "audio", "transcriber"),
    "whisper": (speech.whisper, "audio", "transcriber"),
    "speecht5": (speech.speecht5, "text", "synthesizer"),
    "vit": (tiny.vit, "image", "vector"),
    "detr": (detectors.detr, "image", "detector"),
}


def loaded(folder: Path, modality: str, form: Form) -> Backbone:
    texts = lambda: ["one two"]  # noqa: E731
    request = Request(
        Model(str(folder)), modality, places=Places({"model": "x.yaml:3"}), texts=texts, outputs=2
    )
    torch.manual_seed(0)  # of a new head
    return load_backbone(form, request)


def pickled(folder: Path, shards: int = 1) -> None:
    """Put the weights into as many PyTorch files, with the names of long ago: of norms, and of normalised weights."""
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    old = {name.replace("LayerNorm.weight", "LayerNorm.gamma"): value for name, value in state.items()}
    old = {name.replace("LayerNorm.bias", "LayerNorm.beta"): value for name, value in old.items()}
    for index, name in enumerate(("weight_g", "weight_v")):
        new = f"parametrizations.weight.original{index}"
        old = {key.replace(new, name): value for key, value in old.items()}
    if shards == 1:
        torch.save(old, folder / "pytorch_model.bin")
        return
    files = [f"pytorch_model-{index + 1:05}-of-{shards:05}.bin" for index in range(shards)]
    parts = {file: sorted(old)[index::shards] for index, file in enumerate(files)}
    for file, names in parts.items():
        torch.save({name: old[name] for name in names}, folder / file)
    where = {name: file for file, names in parts.items() for name in names}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))


def same(one: nn.Module, other: nn.Module) -> bool:
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("shards", [1, 2])
@pytest.mark.parametrize("name", PUBLISHED)
def test_pytorch_files_are_read_as_safetensors_are(tmp_path: Path, name: str, shards: int) -> None:
    make, modality, form = PUBLISHED[name]
    torch.manual_seed(0)
    folder = Path(make(tmp_path / name))
    wanted = loaded(folder, modality, form)
    pickled(folder, shards)
    assert not list(folder.glob("*.safetensors"))
    assert same(loaded(folder, modality, form).module, wanted.module)


def test_a_vocoder_may_be_a_pytorch_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    folder = Path(speech.hifigan(tmp_path / "hifigan"))
    spectrogram = torch.randn(7, 80)
    wanted = load_vocoder(str(folder))(spectrogram)
    pickled(folder)
    assert torch.equal(load_vocoder(str(folder))(spectrogram), wanted)


def test_texts_are_written_as_an_old_folder_says(tmp_path: Path) -> None:
    """It has no generation_config.json: what that would hold stands in config.json."""
    folder = Path(language_models.marian(tmp_path / "marian"))
    pickled(folder)
    (folder / "generation_config.json").unlink()
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"num_beams": 6, "bad_words_ids": [[3]]}))
    net: Any = loaded(folder, "text", "seq2seq").module.net
    assert (net.generation_config.num_beams, net.generation_config.bad_words_ids) == (6, [[3]])


def test_safetensors_are_taken_where_both_are_there(tmp_path: Path) -> None:
    folder = Path(tiny.bert(tmp_path / "bert"))
    wanted = load(str(folder), "text")
    (folder / "pytorch_model.bin").write_bytes(b"not looked at")
    assert same(load(str(folder), "text").module, wanted.module)


@pytest.mark.parametrize("name", ["bert", "marian", "speecht5"])
def test_a_pytorch_file_with_more_than_tensors_is_refused(tmp_path: Path, name: str) -> None:
    make, modality, form = PUBLISHED[name]
    folder = Path(make(tmp_path / name))
    pickled(folder)
    torch.save(nn.Linear(2, 2), folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"pytorch_model.bin: holds more than weights"):
        loaded(folder, modality, form)


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    folder = Path(tiny.bert(tmp_path / "bert"))
    pickled(folder, shards=2)
    (folder / "pytorch_model-00002-of-00002.bin").unlink()
    with pytest.raises(WeightsError, match=r"pytorch_model-00002-of-00002.bin: no such file"):
        load(str(folder), "text")


def test_weights_of_another_model_are_refused_as_before(tmp_path: Path) -> None:
    folder = Path(tiny.bert(tmp_path / "bert"))
    (folder / "model.safetensors").unlink()
    torch.save({"x.weight": torch.ones(2)}, folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match="these are weights of another model"):
        load(str(folder), "text")


def edited(folder: Path, **settings: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


@pytest.mark.parametrize("key", ["attn_implementation", "_attn_implementation"])
@pytest.mark.parametrize("value", ["flash_attention_2", "flex_attention", "sdpa", "eager"])
def test_attention_is_of_pytorch_whatever_a_folder_was_saved_with(
    tmp_path: Path, folders: dict[str, str], key: str, value: str
) -> None:
    folder = Path(tiny.bert(tmp_path / "bert"))
    edited(folder, **{key: value})
    net: Any = load(str(folder), "text").module.net
    assert net.config._attn_implementation == ("eager" if value == "eager" else "sdpa")


# ------------------------------------------------------------------------------------------------------ tokenizers


@pytest.mark.parametrize("name", ["bert", "roberta", "gpt2", "xlnet", "t5", "marian"])
def test_a_folder_without_a_vocabulary_is_refused(tmp_path: Path, name: str) -> None:
    """transformers makes an empty tokenizer for some, to which every word is unknown."""
    make: Make = {**tiny.TEXTS, "marian": language_models.marian}[name]
    folder = Path(make(tmp_path / name))
    for path in folder.iterdir():
        if path.name not in ("config.json", "model.safetensors", "tokenizer_config.json"):
            path.unlink()
    with pytest.raises(WeightsError, match=r"no tokenizer.json or .*The folder holds: config.json"):
        load(str(folder), "text")


def test_bytes_need_no_vocabulary(tmp_path: Path) -> None:
    tokenizer = hf.ByT5Tokenizer()
    config = hf.T5Config(
        vocab_size=len(tokenizer),
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
    )
    folder = tiny.save(tmp_path / "byt5", hf.T5ForConditionalGeneration(config), tokenizer)
    assert not list(Path(folder).glob("*vocab*"))
    backbone = load(folder, "text", form="seq2seq")
    assert backbone.preprocess.tokenizer("ab")["input_ids"] == [100, 101, 1]  # type: ignore[union-attr]
