from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file, save_file

from ftcli.config.places import Places
from ftcli.config.schema import Model
from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.errors import ConfigError, InstallationError, ModelError, WeightsError
from ftcli.models.detection.huggingface import (
    detector_settings,
    predictors,
)
from ftcli.models.load import load_backbone, rebuild_backbone, save_backbone_files
from ftcli.models.request import Request
from tests.models.detection.detection import check_evaluation, evaluated, holders, trained
from tests.tiny.detectors import CLASSES, DETECTORS, batch
from tests.tiny.models import bert

SIGMOID = {"conditional_detr", "rt_detr"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Folders of detectors by name."""
    root = tmp_path_factory.mktemp("detectors")
    torch.manual_seed(0)
    return {name: make(root / name) for name, make in DETECTORS.items()}


def made(folder: str, classes: int = 3, weights: str | None = None) -> Backbone:
    torch.manual_seed(0)
    model = Model(folder, weights)
    return load_backbone(
        "detector", Request(model, "image", places=Places({"model": "x.yaml:3"}), outputs=classes)
    )


@pytest.mark.parametrize("name", DETECTORS)
def test_every_kind_trains_and_evaluates(published: dict[str, str], name: str) -> None:
    model = made(published[name])
    trained(model, batch())
    check_evaluation(model, batch(), 3)
    nothing = batch()
    nothing["targets"] = [nothing["targets"][1]] * 2
    trained(model, nothing)


@pytest.mark.parametrize("name", DETECTORS)
def test_blocks_cover_everything_and_the_head_tells_classes(published: dict[str, str], name: str) -> None:
    model = made(published[name])
    assert holders(model) == {}
    names = [block.name for block in model.blocks]
    assert names[0] == "embeddings"
    assert names[-1] == "decoder"
    assert all("class" in path or "score" in path for path in model.head)


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("classes", [3, CLASSES])
def test_all_is_loaded_but_what_tells_classes(published: dict[str, str], name: str, classes: int) -> None:
    file = f"{published[name]}/model.safetensors" if classes == CLASSES else None
    net = made(published[name], classes, file).module.net
    whole = hf.AutoModelForObjectDetection.from_pretrained(published[name])
    theirs: dict[str, torch.Tensor] = whole.state_dict()
    ours: dict[str, torch.Tensor] = net.state_dict()  # type: ignore[union-attr]
    new = tuple(f"{path}." for path in predictors(net))  # type: ignore[arg-type]
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs if not key.startswith(new))
    layers = [path for path in new if "denoising" not in path]
    biases = torch.cat([ours[f"{path}bias"] for path in layers])
    chance = torch.tensor(0.01 if name in SIGMOID else 0.5)
    assert torch.allclose(biases.sigmoid(), chance)


@pytest.mark.parametrize("name", ["detr", "conditional_detr"])
def test_padding_does_not_matter(published: dict[str, str], name: str) -> None:
    """Boxes are parts of the image without its padding."""
    model, inputs = made(published[name]), batch()
    alone = {"pixels": inputs["pixels"][1:, :, :40, :50], "sizes": inputs["sizes"][1:]}
    together = evaluated(model, inputs, targets=False).detections[1]
    (found,) = evaluated(model, alone).detections
    assert torch.allclose(found["boxes"], together["boxes"], atol=0.1)


def test_a_perfect_prediction_costs_nothing_for_its_boxes(
    published: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Targets are turned into shares of the image in the way that predictions are turned back."""
    model, inputs = made(published["detr"]), batch()
    net: Any = model.module.net
    found = evaluated(model, inputs, targets=False).detections
    inputs["targets"] = [{"boxes": one["boxes"][:1], "labels": one["labels"][:1]} for one in found]
    seen: dict[str, Any] = {}
    run = net.forward

    def kept(**options: Any) -> Any:
        seen["output"] = run(**options)
        return seen["output"]

    monkeypatch.setattr(net, "forward", kept)
    evaluated(model, inputs)
    assert seen["output"].loss_dict["loss_bbox"] < 1e-3
    assert seen["output"].loss_dict["loss_giou"] < 1e-2


@pytest.mark.parametrize("name", ["detr", "rt_detr"])
def test_lower_precision_trains(published: dict[str, str], name: str) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        trained(made(published[name]), batch())


def test_a_run_of_ours_is_a_file_of_weights_and_a_folder(published: dict[str, str], tmp_path: Path) -> None:
    run = made(published["detr"], classes=2)
    state = {f"backbone.{name}": value for name, value in run.module.state_dict().items()}
    save_file(state, tmp_path / "run.safetensors")
    model = made(published["detr"], classes=5, weights=str(tmp_path / "run.safetensors"))
    path = "net.bbox_predictor.layers.0.weight"
    assert torch.equal(model.module.get_parameter(path), run.module.get_parameter(path))
    save_backbone_files(run, tmp_path)
    again = rebuild_backbone("x", tmp_path)
    again.module.load_state_dict(run.module.state_dict())
    assert (again.blocks, again.head, again.preprocess) == (run.blocks, run.head, run.preprocess)
    assert evaluated(again, batch()).losses == evaluated(run, batch()).losses


def test_random_weights_need_no_file(published: dict[str, str], tmp_path: Path) -> None:
    shutil.copy(Path(published["yolos"]) / "config.json", tmp_path)
    model = made(str(tmp_path), weights="none")
    assert model.preprocess == ImagePreprocess(800, 800, longest=1333)
    trained(model, batch())


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"size": {"shortest_edge": 800, "longest_edge": 1333}}, (800, 1333, False)),
        ({"size": {"height": 640, "width": 480}}, (640, 640, True)),
        ({"size": 600, "max_size": 1000}, (600, 1000, False)),
        ({"size": {"longest_edge": 900}}, (900, 900, False)),
    ],
)
def test_sizes_are_read_as_they_are_published(settings: dict[str, Any], size: tuple[int, int, bool]) -> None:
    found = detector_settings(settings)
    assert (found.resize, found.longest, found.squash) == size


def test_what_is_no_detector_is_answered(published: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: .*this task has images"):
        made(bert(tmp_path / "bert"))
    with pytest.raises(ConfigError, match=r"model.weights: 'imagenet' is for torchvision"):
        made(published["detr"], weights="imagenet")
    folder = Path(shutil.copytree(published["detr"], tmp_path / "other"))
    state = load_file(folder / "model.safetensors")
    del state["bbox_predictor.layers.0.weight"]
    save_file(state, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(WeightsError, match=r"1 missing: bbox_predictor.layers.0.weight"):
        made(str(folder))


def test_backbones_of_timm_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = hf.DetrConfig().to_dict()
    assert config["backbone_config"]["model_type"] == "timm_backbone"
    (tmp_path / "config.json").write_text(json.dumps(config))
    monkeypatch.setattr("ftcli.models.pretrained.networks.find_spec", lambda name: None)
    with pytest.raises(
        ModelError, match=r'of the package timm, which is not installed: pip install "ftcli\[timm\]"'
    ):
        made(str(tmp_path), weights="none")


def test_losses_need_scipy(published: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """So training stops before anything is loaded, and a saved run still predicts."""
    model = made(published["yolos"])
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(InstallationError, match=r'pip install "ftcli\[detr\]"'):
        made(published["yolos"])
    inputs = batch()
    model.module.eval()
    with torch.no_grad():
        model.module(inputs["pixels"], inputs["sizes"])
    with pytest.raises(InstallationError, match=r'pip install "ftcli\[detr\]"'):
        model.module(**inputs)
