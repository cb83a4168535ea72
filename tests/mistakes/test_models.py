"""Mistakes with backbones, weights, freezing and where a run is written."""

from __future__ import annotations

import pickle
import shutil
import sys
from pathlib import Path

import pytest
import torch

from tests.mistakes.case import (
    IMAGES,
    TEXTS,
    Case,
    Damage,
    each,
    first_half,
    image,
    make,
    refused,
    remove,
    together,
    write,
)  # fmt: skip
from tests.running import Command
from tests.tiny import models as tiny_models


class Bomb:
    """Makes a file when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, ("exploded", "w")


def weights_of(name: str, file: str) -> Damage:
    """A file of weights."""
    return lambda folder: tiny_models.torchvision_weights(folder / file, name)


def weights(name: str) -> tuple[str, ...]:
    """The override that names them."""
    return (f"model.weights={name}",)


MODELS = [
    Case("an unknown torchvision model",
        ("x.yaml:7: model.backbone: this torchvision has no model 'resnet5'. Did you mean 'resnet",
        "ftcli list-models"), "shufflenet_v2_x0_5", "resnet5"),
    Case("a torchvision model without its prefix", ("resnet18: not on this machine",
        "Did you mean 'torchvision/resnet18'?"), "torchvision/shufflenet_v2_x0_5", "resnet18",
        overrides=("model.weights=null",)),
    Case("an id that does not exist", ("google/vit-base-patch16-22: not on this machine",
        "the network is unplugged", "A known id is 'google/vit-base-patch16-224', which is not on",
        "looked in", "hf download"),
        "torchvision/shufflenet_v2_x0_5", "google/vit-base-patch16-22", overrides=("model.weights=null",)),
    Case("a folder that does not exist", ("./models/vit: no such folder",), "torchvision/shufflenet_v2_x0_5",
        "./models/vit"),
    Case("a folder without a model", ("photos: no config.json", "The folder holds: train, val"),
        "torchvision/shufflenet_v2_x0_5", "photos"),
    Case("a folder without its weights", ("vit: no model.safetensors", "config.json"),
        "torchvision/shufflenet_v2_x0_5", "vit", overrides=("model.weights=null",),
        damage=remove("vit/model.safetensors")),
    Case("a configuration of no model", ("vit: transformers cannot read its config.json",),
        "torchvision/shufflenet_v2_x0_5", "vit", damage=write("vit/config.json", '{"model_type": "vitt"}')),
    Case("a broken configuration", ("vit/config.json: cannot be read as JSON",),
        "torchvision/shufflenet_v2_x0_5", "vit", damage=write("vit/config.json", '{"model_type":')),
    Case("truncated weights in a folder", ("vit: its weights cannot be read",), "torchvision/shufflenet_v2_x0_5",
        "vit", overrides=("model.weights=null",), damage=first_half("vit/model.safetensors")),
    Case("ImageNet's weights for a folder",
        ("command line: model.weights: 'imagenet' is for torchvision models",), "torchvision/shufflenet_v2_x0_5",
        "vit", overrides=("model.weights=imagenet",)),
    Case("a model of texts", ("x.yaml:7: model.backbone: bert takes 'input_ids', and this task has images",),
        "torchvision/shufflenet_v2_x0_5", "bert"),
    Case("a pooling of images", ("model.pooling: is for texts",), overrides=("model.pooling=mean",)),
    Case("unknown weights", ("x.yaml:8: model.weights: 'imagnet' is neither a file nor the name of weights",
        "Did you mean 'imagenet'?"), "none", "imagnet"),
    Case("weights that are not here and cannot be downloaded",
        ("The weights of shufflenet_v2_x0_5 are not here and could not be downloaded", "the network is unplugged",
        "missing:   shufflenetv2", "looked in", "model.weights"), overrides=weights("imagenet")),
    Case("no such file of weights", ("w.safetensors: no such file. Did you mean 'w2.safetensors'?",),
        overrides=weights("w.safetensors"), damage=write("w2.safetensors", "")),
    Case("weights in another format", ("w.h5: not a file of weights; those end in .safetensors, .pth",),
        overrides=weights("w.h5"), damage=write("w.h5", "x")),
    Case("an empty file of weights", ("w.safetensors: truncated, or not a safetensors file",),
        overrides=weights("w.safetensors"), damage=write("w.safetensors", "")),
    Case("truncated weights", ("w.safetensors: truncated, or not a safetensors file",),
        overrides=weights("w.safetensors"),
        damage=together(weights_of("shufflenet_v2_x0_5", "w.safetensors"), first_half("w.safetensors"))),
    Case("truncated PyTorch weights", ("w.pth: truncated, or not a PyTorch file of weights",),
        overrides=weights("w.pth"), damage=together(weights_of("shufflenet_v2_x0_5", "w.pth"), first_half("w.pth"))),
    Case("garbage for weights", ("w.pth",), overrides=weights("w.pth"), damage=write("w.pth", b"\x00garbage" * 99)),
    Case("a pickle that runs code", ("w.pth: holds more than weights", "could run code", "state_dict()"),
        overrides=weights("w.pth"), damage=write("w.pth", pickle.dumps(Bomb()))),
    Case("a whole model in a file", ("w.pth: holds more than weights",), overrides=weights("w.pth"),
        damage=lambda folder: torch.save(torch.nn.Linear(1, 1), folder / "w.pth")),
    Case("weights of another model", ("w.safetensors: these are weights of another model", "missing: ",
        "unexpected: "), overrides=weights("w.safetensors"), damage=weights_of("squeezenet1_1", "w.safetensors")),
    Case("weights of another size", ("these are weights of another model", "misshapen: ", "instead of"),
        overrides=weights("w.safetensors"), damage=weights_of("shufflenet_v2_x1_0", "w.safetensors")),
    Case("no such run for weights", ("model.weights: 'runs/first' is neither a file",),
        overrides=weights("runs/first")),
    Case("too many frozen blocks", ("command line: freeze: 99 is not among 0 to", "input first: stem"),
        overrides=("freeze=99",)),
    Case("a negative number of frozen blocks", ("command line: freeze: -1 is not among 0 to",),
        overrides=("freeze=-1",)),
    Case("a pattern that matches nothing", ("command line: freeze: 'stage9*' matches no block",
        "Did you mean 'stage", "input first: stem"), overrides=("freeze=[stage9*]",)),
    Case("a probe that takes every epoch", ("command line: freeze: lp-ft", "at least 2 epochs"),
        overrides=("freeze=lp-ft",)),
    Case("gradual by no epochs", ("freeze: epochs_per_block must be at least 1, not 0",),
        overrides=("freeze={name: gradual, epochs_per_block: 0}",)),
    Case("images too small for Inception",
        ("inception_v3 needs images of at least 75 pixels, not 32: set data.image_size",), "shufflenet_v2_x0_5",
        "inception_v3"),
    Case("images that do not fit patches",
        ("vit_b_16 needs a multiple of 16 pixels, not 40: set data.image_size to 32",), "shufflenet_v2_x0_5",
        "vit_b_16", overrides=("data.image_size=40",)),
    Case("batches of one for batch norm", ("x.yaml:4: data.batch_size: 1 example in a batch has no variance",
        "At least 2"), "batch_size: 4", "batch_size: 1"),
    Case("TensorBoard without its package",
        ("command line: training.tensorboard: needs one more package: pip install \"ftcli[tensorboard]\"",),
        overrides=("training.tensorboard=true",)),
    Case("a tracker without its package",
        ("command line: training.trackers: needs one more package: pip install \"ftcli[tensorboard]\"",),
        overrides=("training.trackers=[tensorboard]",)),
    Case("a data set that is not here", ("cifar10: the train split is not there, and data.download is false",
        "Looked in", "data.root"), overrides=("data.source=cifar10", "data.download=false", "data.root=sets")),
    Case("a data set that cannot be downloaded", ("cifar10: the train split could not be downloaded",
        "the network is unplugged"), overrides=("data.source=cifar10", "data.root=sets"),
        damage=make("sets")),
    Case("a run that is there already", ("output: runs/old is not empty. Choose another directory",
        "--resume runs/old"), overrides=("output=runs/old",),
        damage=image("runs/old/x.png")),
    Case("a file for an output", ("output: x.yaml",), overrides=("output=x.yaml",)),
    Case("an output below a file", ("x.yaml/run",), overrides=("output=x.yaml/run",)),
    Case("a rate that ruins", ("the loss is", "at step", "A lower optimizer.lr"),
        overrides=("optimizer={name: sgd, lr: 1e+30}", "data.batch_size=2")),
]  # fmt: skip


@each(MODELS)
def test_mistakes_in_models(
    case: Case, ftcli: Command, photos: Path, made: Path, unplugged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("vit", "bert"):
        shutil.copytree(made / name, photos / name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    case.write(IMAGES)
    refused(ftcli, case.said, "train", "x.yaml", *case.overrides)


@pytest.mark.parametrize(
    ("name", "said"), [("vit", "vit takes 'pixel_values'"), ("torchvision/resnet18", "takes images")]
)
def test_a_model_of_images_for_texts(name: str, said: str, ftcli: Command, texts: Path, made: Path) -> None:
    shutil.copytree(made / "vit", texts / "vit")
    case = Case(name, (f"x.yaml:8: model.backbone: {name}", said, "this task has texts"), "bert", name)
    case.write(TEXTS)
    refused(ftcli, case.said, "train", "x.yaml")
