from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.contracts import Backbone, TextPreprocess
from ftcli.errors import ConfigError, RunError
from ftcli.models.load import rebuild_backbone, save_backbone_files
from ftcli.models.pretrained.weights import load_state
from tests.models.conftest import load
from tests.tiny.models import IMAGES, TEXTS

TORCHVISION = ["shufflenet_v2_x0_5", "mnasnet0_5", "squeezenet1_1"]


def inputs(preprocess: Any) -> dict[str, Any]:
    if isinstance(preprocess, TextPreprocess):
        return dict(
            preprocess.tokenizer(["a good film", "bad"], ["so", "it is"], padding=True, return_tensors="pt")
        )
    return {
        "pixels": torch.rand(
            1, 3, preprocess.crop, preprocess.crop, generator=torch.Generator().manual_seed(0)
        )
    }


def check_round_trip(backbone: Backbone, folder: Path) -> None:
    """The rebuilt backbone, given the weights, answers like the first."""
    save_backbone_files(backbone, folder)
    again = rebuild_backbone("x", folder)
    load_state(again.module, dict(backbone.module.state_dict()))
    for part in ("width", "blocks", "source", "family", "auxiliary", "auxiliary_weight"):
        assert getattr(again, part) == getattr(backbone, part)
    if isinstance(backbone.preprocess, TextPreprocess):
        assert isinstance(again.preprocess, TextPreprocess)
        assert again.preprocess.max_length == backbone.preprocess.max_length
    else:
        assert again.preprocess == backbone.preprocess
    with torch.no_grad():
        expected = backbone.module.eval()(**inputs(backbone.preprocess))
        answer = again.module.eval()(**inputs(again.preprocess))
    # Where weights lie in memory decides on some machines how a kernel sums, so not to the last bit.
    torch.testing.assert_close(answer, expected, rtol=1e-4, atol=0)


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision_round_trip(tmp_path: Path, name: str) -> None:
    check_round_trip(load(f"torchvision/{name}", "image", weights="none", image_size=32), tmp_path)


@pytest.mark.parametrize("name", [f"text/{name}" for name in TEXTS] + [f"image/{name}" for name in IMAGES])
def test_hugging_face_round_trip(folders: dict[str, str], tmp_path: Path, name: str) -> None:
    modality = "text" if name.startswith("text") else "image"
    check_round_trip(load(folders[name], modality), tmp_path / "run")
    assert not list((tmp_path / "run").glob("*.safetensors"))


def test_the_users_choices_survive(folders: dict[str, str], tmp_path: Path) -> None:
    backbone = load(folders["text/bert"], "text", pooling="cls", max_length=16)
    check_round_trip(backbone, tmp_path)
    assert rebuild_backbone("x", tmp_path).module.pooling == "cls"


def test_auxiliary_classifiers_survive(tmp_path: Path) -> None:
    check_round_trip(load("torchvision/googlenet", "image", weights="none", image_size=32), tmp_path)


@pytest.mark.parametrize("content", [None, "{", "{}", '{"source": "torchvision/x"}'])
def test_damaged_files_are_answered(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "backbone.json").write_text(content)
    with pytest.raises(RunError, match=r"backbone.json: cannot rebuild resnet"):
        rebuild_backbone("resnet", tmp_path)


def test_inputs_and_model_must_agree(folders: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: torchvision/resnet18 takes images"):
        load("torchvision/resnet18", "text")
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.pooling: is for texts"):
        load("torchvision/resnet18", "image", pooling="mean")
    with pytest.raises(ConfigError, match="takes 'input_ids', and this task has images"):
        load(folders["text/bert"], "image")
    with pytest.raises(ConfigError, match="takes 'pixel_values', and this task has texts"):
        load(folders["image/vit"], "text")


def test_what_a_tokenizer_did_before_is_not_saved_with_it(folders: dict[str, str], tmp_path: Path) -> None:
    backbone = load(folders["text/bert"], "text")
    assert isinstance(backbone.preprocess, TextPreprocess)
    save_backbone_files(backbone, tmp_path / "before")
    backbone.preprocess.tokenizer(["good film", "a"], truncation=True, padding=True, max_length=3)
    save_backbone_files(backbone, tmp_path / "behind")
    contents = [(tmp_path / name / "tokenizer.json").read_bytes() for name in ("before", "behind")]
    assert contents[0] == contents[1]


def test_networks_of_torchvision_need_no_transformers() -> None:
    """In any form. A process of its own, as this one has imported it already."""
    code = (
        "import sys, torch\n"
        "from ftcli.config.schema import Model\n"
        "from ftcli.models.load import load_backbone\n"
        "from ftcli.models.request import Request\n"
        "names = {'vector': 'squeezenet1_1', 'maps': 'lraspp_mobilenet_v3_large', 'detector': 'squeezenet1_1'}\n"
        "for form, name in names.items():\n"
        "    load_backbone(form, Request(Model(f'torchvision/{name}', weights='none'), 'image', image_size=64))\n"
        "print('FOUND', sorted({'transformers', 'tokenizers', 'huggingface_hub'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "FOUND []"
