"""Every Hugging Face entry of the catalogue is had, in each form, from a repository of the published shape."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from ftcli.config.schema import Model
from ftcli.contracts import Backbone, ImagePreprocess, TextPreprocess
from ftcli.media.images import centre_crop, normalise, resize
from ftcli.models.catalogue import Entry, entries
from ftcli.models.detection.huggingface import detector_preprocess
from ftcli.models.load import load_backbone
from ftcli.models.pretrained import hub
from ftcli.models.pretrained.networks import read_config
from ftcli.models.pretrained.preprocessing import image_preprocess
from ftcli.models.pretrained.weights import under
from ftcli.models.request import Request
from ftcli.models.speech.vocoder import load_vocoder
from ftcli.models.speech.whisper import WhisperProcessor
from tests.tiny.hub import Hub, repositories

ENTRIES = [entry for entry in entries() if entry.source == "huggingface"]
# Of networks that know many, from which and to which they write here.
LANGUAGES = {
    "facebook/mbart-large-50-many-to-many-mmt": ("en_XX", "de_DE"),
    "facebook/m2m100_418M": ("en", "de"),
    "facebook/nllb-200-distilled-600M": ("eng_Latn", "deu_Latn"),
}
# What timm does to pictures, transformers does not; its own is compared in test_pretrained.
PICTURES = [one for one in ENTRIES if one.modality == "image" and not one.name.startswith("timm/")]
VOCODER = "microsoft/speecht5_hifigan"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub with nothing on it yet."""
    made = Hub(tmp_path)
    monkeypatch.setattr(hub, "reach", lambda url: None)
    for name in ("snapshot_download", "list_repo_files"):
        monkeypatch.setattr(hub, name, getattr(made, name), raising=False)
    return made


def load(name: str, modality: str, form: str) -> Backbone:
    source, target = LANGUAGES.get(name, (None, None)) if form == "seq2seq" else (None, None)
    model = Model(backbone=name, source_language=source, target_language=target)
    request = Request(model, modality, texts=lambda: ["A GOOD FILM"], outputs=3)
    return load_backbone(form, request)  # type: ignore[arg-type]


def others(backbone: Backbone, state: dict[str, Tensor]) -> list[str]:
    """The weights that have not the value of the one with this name in the repository; new ones are left out."""
    names: dict[str, list[str]] = {}
    for name in state:
        for end in _ends(name):
            names.setdefault(end, []).append(name)

    def published(name: str) -> list[str]:
        last = name.rpartition(".")[2]
        return next((names[end] for end in [*_ends(name), last] if end in names), [])

    buffers = [(name, value) for name, value in backbone.module.named_buffers() if published(name)]
    return [
        name
        for name, value in [*backbone.module.named_parameters(), *buffers]
        if not under(name, backbone.head)
        and not any(torch.equal(value, state[one]) for one in published(name))
    ]


def _ends(name: str) -> list[str]:
    """The whole name, and its ends that say more than `weight`."""
    parts = name.split(".")
    return [name, *(".".join(parts[start:]) for start in range(1, len(parts) - 1))]


def unsteady(backbone: Backbone) -> dict[str, int]:
    """The weights that are not in one block, or in the head, with how many they are in."""
    counts = {
        name: sum(block.holds(name) for block in backbone.blocks) + under(name, backbone.head)
        for name, _ in backbone.module.named_parameters()
    }
    return {name: count for name, count in counts.items() if count != 1}


def try_out(backbone: Backbone) -> Tensor:
    """What the network makes of two texts, a picture, or a second of sound."""
    module: Any = backbone.module.eval()
    expected: Any = backbone.preprocess
    if isinstance(expected, TextPreprocess):
        inputs = dict(expected.tokenizer(["a good film", "great food"], padding=True, return_tensors="pt"))
        if backbone.form == "seq2seq":
            inputs["decoder_input_ids"] = module.decoder_inputs(inputs["input_ids"])
        made: Any = module(**inputs)
    elif isinstance(expected, ImagePreprocess):
        side = min(expected.crop, 256) if backbone.form == "maps" else expected.crop
        made = module(torch.rand(1, 3, side, side))
    else:
        hears = getattr(expected, "audio", expected)
        batch = hears.collate([hears.encode(torch.rand(hears.rate) - 0.5)])
        if isinstance(expected, WhisperProcessor):
            batch["decoder_input_ids"] = torch.tensor([expected.tokens("a good film")[:-1]])
        made = module(**batch)
    found: Tensor = made[0] if isinstance(made, tuple) else made
    return found


def test_there_is_a_repository_for_each_entry() -> None:
    assert {*repositories()} == {entry.name for entry in ENTRIES} | {VOCODER}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_is_had_from_the_hub_in_each_form(entry: Entry, published: Hub) -> None:
    state = published.put(repositories()[entry.name])
    for form in entry.forms:
        backbone = load(entry.name, entry.modality, form)
        assert others(backbone, state) == []
        assert unsteady(backbone) == {}
        if form not in ("detector", "synthesizer"):  # which their own tests try
            with torch.no_grad():
                assert try_out(backbone).isfinite().all()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_is_had_from_a_folder_with_all_its_files(entry: Entry, tmp_path: Path) -> None:
    state = repositories()[entry.name].lay_out(tmp_path)
    backbone = load(str(tmp_path), entry.modality, entry.forms[0])
    assert others(backbone, state) == []


def test_the_vocoder_of_speecht5_is_had_from_the_hub(published: Hub) -> None:
    published.put(repositories()[VOCODER])
    sound = load_vocoder(VOCODER)(torch.zeros(10, 80))
    assert sound.isfinite().all()
    assert sound.shape == (2560,)


@pytest.mark.parametrize("entry", PICTURES, ids=lambda entry: entry.name)
def test_pictures_are_prepared_as_transformers_does(entry: Entry, tmp_path: Path) -> None:
    repository = repositories()[entry.name]
    folder = repository.lay_out_settings(tmp_path)
    config = read_config(folder)
    theirs = hf.AutoImageProcessor.from_pretrained(folder)
    picture = torch.rand(3, 10, 15, generator=torch.Generator().manual_seed(0))
    pixels = (F.resize(picture, [300, 450]) * 255).round().to(torch.uint8)
    detects = "vector" not in entry.forms and "detector" in entry.forms
    ours = (detector_preprocess if detects else partial(image_preprocess, config=config))(
        folder, required=True
    )
    made = normalise(resize(pixels, ours) if detects else centre_crop(resize(pixels, ours), ours), ours)
    wanted: Tensor = theirs(pixels, return_tensors="pt")["pixel_values"][0]
    assert made.shape == wanted.shape
    assert float((made - wanted).abs().mean()) < 0.01 * float(wanted.std())
