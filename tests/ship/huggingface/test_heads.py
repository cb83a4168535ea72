"""Exported networks with a head: their answers in a process without ftcli, and what is read back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file
from torchvision import models

import ftcli as package
from ftcli import Predictor
from ftcli.config.schema import Model
from ftcli.errors import ModelError
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.ship import FORMATS
from ftcli.ship.huggingface.described import described
from ftcli.ship.huggingface.equal_class import equal_class
from ftcli.ship.huggingface.own_class import own_class
from ftcli.ship.scripts.heads import modeling_sound
from ftcli.ship.whole import in_float32
from tests.ship.huggingface import answering
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models
from tests.tiny import sounds
from tests.tiny.masks import landscape_splits
from tests.tiny.segmenters import SEGMENTERS
from tests.tiny.tags import conll, tagged

# Names that are none in other formats, or look like others.
CLASSES = ("true", "Löwe 🦁", "007", "a/b".replace("/", "∕"))
TRAINING = "training: {epochs: 1, device: cpu, precision: fp32}\noptimizer: {lr: 1e-2}\n"
RUNS = {
    "photos": """
task: image-classification
data: {source: photos, image_size: 48, batch_size: 4, augment: none}
model: {backbone: torchvision/squeezenet1_1, weights: none}
""",
    "hidden": """
task: image-classification
data: {source: photos, image_size: 48, batch_size: 4, augment: none}
model: {backbone: torchvision/squeezenet1_1, weights: none, head: {hidden: [6], dropout: 0.1}}
""",
    "vit": """
task: image-classification
data: {source: photos, batch_size: 4, augment: none}
model: vit
""",
    "sized": """
task: image-classification
data: {source: photos, batch_size: 4, image_size: 48, augment: none}
model: vit
""",
    "reviews": """
task: text-classification
data: {train: reviews.csv, val: 0.25, batch_size: 4, max_length: 6}
model: bert
""",
    "topics": """
task: text-classification
data: {train: topics.csv, val: 0.25, batch_size: 4, max_length: 16, label_separator: "|"}
model: {backbone: gpt2, head: {hidden: [8]}}
""",
    "scores": """
task: text-regression
data: {train: scores.csv, val: 0.25, batch_size: 4, max_length: 16, label: score}
model: bert
""",
    "tags": """
task: token-classification
data: {source: words, batch_size: 4, max_length: 24}
model: bert
""",
    "tones": """
task: audio-classification
data: {source: tones, val: 0.25, batch_size: 4}
model:
  backbone: wav2vec2
  config: {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16, conv_dim: [8, 8],
    conv_stride: [5, 4], conv_kernel: [10, 8], num_conv_pos_embeddings: 8, num_conv_pos_embedding_groups: 2}
""",
    "streets": """
task: semantic-segmentation
data: {source: streets, class_names: [ground, sky], batch_size: 4, image_size: 33}
model: segmenter
""",
}
PLAIN: Mapping[str, Mapping[str, Any]] = {
    "vit": {"top_k": 9},
    "photos": {"top_k": 9},
    "reviews": {"top_k": None, "truncation": True},
    "topics": {"top_k": None, "truncation": True},
    "scores": {"top_k": None, "truncation": True},
    "tags": {"is_split_into_words": True, "ignore_labels": []},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, a run of each of `RUNS`, and exports in `hf/NAME` and `own/NAME`."""
    folder = tmp_path_factory.mktemp("exports")
    tiny_data.split_folders(folder / "photos", {"train": 2, "val": 2}, CLASSES)
    # An odd margin, at which transformers' own processor cuts one pixel aside; and a panorama.
    tiny_data.image(folder / "photos/val/007/odd.png", size=(51, 48), seed=5)
    tiny_data.image(folder / "photos/val/true/wide.png", size=(150, 40), seed=6)
    tiny_data.table(folder / "reviews.csv", tiny_data.reviews(12))
    tiny_data.table(folder / "topics.csv", tiny_data.topics(12))
    tiny_data.table(folder / "scores.csv", tiny_data.quantities(12))
    sounds.class_folders(folder / "tones", per_class=4)
    landscape_splits(folder / "streets", {"train": 4, "val": 2})
    for name in ("train.conll", "dev.conll"):
        conll(folder / "words" / name, tagged(4))
    for model in (tiny_models.vit, tiny_models.bert, tiny_models.gpt2):
        model(folder / model.__name__)
    SEGMENTERS["mobilenet_v2"](folder / "segmenter")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("FTCLI_CACHE", str(folder / "cache"))
        for name, yaml in RUNS.items():
            (folder / f"{name}.yaml").write_text(f"{yaml}{TRAINING}")
            package.train(f"{name}.yaml", f"output={folder / 'runs' / name}")
            write(folder, name, "hf")
        for name in ("photos", "hidden"):
            write(folder, name, "safetensors")
    return folder


def write(folder: Path, name: str, kind: str) -> None:
    out = folder / kind / name
    out.mkdir(parents=True)
    FORMATS.load(kind)().write(in_float32(predictor(folder, name)), out)


def predictor(folder: Path, name: str) -> Predictor:
    return Predictor.open(folder / "runs" / name, device="cpu")


def inputs(folder: Path, name: str) -> list[dict[str, Any]]:
    if name in ("photos", "hidden", "vit", "sized"):
        return [{"image": str(path)} for path in sorted((folder / "photos/val").rglob("*.png"))]
    if name == "streets":
        return [{"image": str(path)} for path in sorted((folder / "streets").rglob("*.png"))[:2]]
    if name == "tones":
        return [{"audio": str(path)} for path in sorted((folder / "tones").rglob("*.wav"))]
    if name == "tags":
        return [{"text": tuple(words)} for words, _ in tagged(4)] + [{"text": "see (ann): ok!!"}]
    texts = ["a good film that is longer than others, and worse", "bad", ""]
    return [{"text": text} for text in texts]


@pytest.fixture(scope="module")
def answers(place: Path) -> dict[str, Any]:
    """What each exported folder answers, by "hf/NAME"."""
    asked: dict[str, Any] = {}
    for path in sorted([*(place / "hf").iterdir(), *(place / "safetensors").iterdir()]):
        given = inputs(place, path.name)
        asked[str(path)] = {"inputs": given}
        if path.name in PLAIN and path.parent.name == "hf":
            values = [next(iter(one.values())) for one in given]
            # A tokenizer that adds nothing makes nothing of an empty text, and a pipeline takes either words or texts.
            kept = [one for one in values if one and (path.name != "tags" or isinstance(one, list | tuple))]
            lists = [[[*one]] for one in kept] if path.name == "tags" else kept
            asked[str(path)] |= {"plain": lists, "options": PLAIN[path.name]}
    (place / "asked.json").write_text(json.dumps(asked))
    settings = {"HF_HOME": str(place / "home"), "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    files = [str(place / name) for name in ("asked.json", "answers.json")]
    command = [sys.executable, answering.__file__, *files]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads((place / "answers.json").read_text())
    return {"/".join(Path(name).parts[-2:]): value for name, value in found.items()}


def same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, float):
        return bool(abs(wanted - found) < 1e-4)
    return bool(np.array_equal(wanted, found)) if isinstance(wanted, np.ndarray) else bool(wanted == found)


@pytest.mark.parametrize(
    "name", [*(f"hf/{name}" for name in RUNS), "safetensors/photos", "safetensors/hidden"]
)
def test_predict_of_the_folder_answers_as_the_run_does(
    place: Path, answers: dict[str, Any], name: str
) -> None:
    run = name.partition("/")[2]
    given = inputs(place, run)
    trained = predictor(place, run)
    examples = [package.Example(str(index), one) for index, one in enumerate(given)]
    wanted = [one.values(example) for example in examples for one in trained.predict([example])]
    found = answers[name]["predict"]
    assert len(found) == len(wanted)
    for rows, others in zip(wanted, found, strict=True):
        assert [list(row) for row in rows] == [list(row) for row in others]
        for row, other in zip(rows, others, strict=True):
            plain = {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}
            assert all(same(plain[key], other[key]) for key in plain), (row, other)


@pytest.mark.parametrize("name", [name for name in PLAIN if name not in ("tags", "scores")])
def test_a_plain_pipeline_gives_the_same_probabilities(
    place: Path, answers: dict[str, Any], name: str
) -> None:
    given = [one for one in inputs(place, name) if next(iter(one.values()))]
    for wanted, found in zip(
        predictor(place, name).predict(given), answers[f"hf/{name}"]["plain"], strict=True
    ):
        scores = {one["label"]: one["score"] for one in found}
        assert scores == pytest.approx(dict(wanted.scores), abs=1e-5)


def test_a_plain_pipeline_gives_numbers_in_their_unit_and_tags_of_words(
    place: Path, answers: dict[str, Any]
) -> None:
    given = [one for one in inputs(place, "scores") if one["text"]]
    numbers = [one.label for one in predictor(place, "scores").predict(given)]
    assert [one[0]["score"] for one in answers["hf/scores"]["plain"]] == pytest.approx(numbers, abs=1e-4)
    tags = predictor(place, "tags").predict(inputs(place, "tags")[:1])[0]
    first = answers["hf/tags"]["plain"][0][0]
    assert first[0]["entity"] == tags.label[0]


def test_transformers_own_class_is_taken_where_it_answers_alike(place: Path) -> None:
    kinds = {
        path.name: json.loads((path / "config.json").read_text())["architectures"][0]
        for path in (place / "hf").iterdir()
    }
    assert kinds["vit"] == "ViTForImageClassification"
    assert kinds["tags"] == "BertForTokenClassification"
    assert kinds["streets"] == "MobileNetV2ForSemanticSegmentation"
    # It pools by a layer on the first token, and these runs take the mean.
    assert kinds["reviews"] == kinds["scores"] == "Model"


def test_labels_and_problem_are_in_the_configuration(place: Path) -> None:
    config = transformers.AutoConfig.from_pretrained(place / "hf/vit", trust_remote_code=False)
    assert tuple(config.id2label.values()) == tuple(sorted(CLASSES))
    assert config.problem_type == "single_label_classification"
    topics = json.loads((place / "hf/topics/config.json").read_text())
    assert topics["problem_type"] == "multi_label_classification"
    assert list(topics["label2id"]) == ["art", "music", "sport"]


def test_torchvision_loads_its_own_names_strictly(place: Path) -> None:
    state = load_file(place / "safetensors/photos/model.safetensors")
    models.get_model("squeezenet1_1", num_classes=len(CLASSES)).load_state_dict(state)
    # Behind its classifier torchvision has an activation, by which no logit would be negative.
    changed = json.loads((place / "safetensors/photos/config.json").read_text())["changed"]
    assert changed == {"classifier.2": []}


@pytest.mark.parametrize("name", ["vit", "sized", "reviews", "topics"])
def test_an_export_is_read_back_as_it_is(place: Path, name: str) -> None:
    trained: Any = predictor(place, name).model.backbone
    modality = "image" if name in ("vit", "sized") else "text"
    backbone: Any = load_backbone("vector", Request(Model(str(place / "hf" / name)), modality))
    for one, other in zip(
        trained.net.state_dict().items(), backbone.module.net.state_dict().items(), strict=True
    ):
        assert one[0] == other[0]
        assert torch.equal(one[1], other[1])
    assert getattr(backbone.module, "pooling", None) == getattr(trained, "pooling", None)


@pytest.mark.parametrize("kind", ["hf", "safetensors"])
def test_weights_of_torchvision_are_read_back(place: Path, kind: str) -> None:
    weights = str(place / kind / "hidden" / "model.safetensors")
    backbone: Any = load_backbone(
        "vector", Request(Model("torchvision/squeezenet1_1", weights=weights), "image")
    )
    trained: Any = predictor(place, "hidden").model.backbone
    assert all(map(torch.equal, trained.net.state_dict().values(), backbone.module.net.state_dict().values()))


def test_a_folder_of_torchvision_is_no_backbone(place: Path) -> None:
    with pytest.raises(ModelError, match=r"say model\.backbone: torchvision/squeezenet1_1"):
        load_backbone("vector", Request(Model(str(place / "hf/photos")), "image"))


def test_numbers_far_from_zero_keep_their_digits(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.ship.huggingface.described.FARTHEST", 0)
    trained = in_float32(predictor(place, "scores"))
    known = described(trained)
    assert known.scale == known.unit
    batch = trained.batch([{"text": "bad"}, {"text": "a good film"}])
    found = own_class(known)[0](**batch.inputs).logits
    assert found.dtype == torch.float64
    mean, std = known.unit
    assert torch.allclose(found, trained.outputs(batch).double() * std + mean)


def test_a_class_is_not_taken_because_the_head_says_nothing(place: Path) -> None:
    trained: Any = in_float32(predictor(place, "reviews"))
    torch.nn.init.zeros_(trained.model.head[-1].weight)
    assert (
        equal_class(described(trained), [trained.batch([{"text": "a good film"}, {"text": "bad"}])]) is None
    )
    assert not trained.model.head[-1].weight.any()


def test_the_mask_of_a_sound_may_be_one_of_samples() -> None:
    sizes = {
        "d_model": 8,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_ffn_dim": 8,
        "decoder_ffn_dim": 8,
    }
    sizes |= {"encoder_attention_heads": 1, "decoder_attention_heads": 1}
    network = transformers.WhisperConfig(**sizes, num_mel_bins=4, max_source_positions=50).to_dict()
    config = modeling_sound.Config(network=network, layers=[["Linear", 8, 3]], input_name="input_features")
    model = modeling_sound.Model(config).eval()
    values = torch.randn(2, 4, 100, generator=torch.Generator().manual_seed(0))
    # As transformers' pipeline gives it: 160 samples are a step.
    samples = (torch.arange(16_000) < torch.tensor([[9_454], [16_000]])).long()
    wanted = model(input_features=values, lengths=torch.tensor([60, 100])).logits
    assert torch.equal(model(input_features=values, attention_mask=samples).logits, wanted)
    steps = (torch.arange(100) < torch.tensor([[60], [100]])).long()
    assert torch.equal(model(input_features=values, attention_mask=steps).logits, wanted)
