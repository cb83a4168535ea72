"""Mistakes in commands: what they are given, runs that are damaged, data that a run cannot read."""

from __future__ import annotations

import shutil
from pathlib import Path

from ftcli.runs import finished
from tests.mistakes.case import (
    TEXTS,
    Call,
    cut_image,
    each,
    edit,
    first_half,
    image,
    make,
    refused,
    remove,
    together,
    write,
)  # fmt: skip
from tests.running import Command

CALLS = [
    Call("trian x.yaml", ("No such command 'trian'",)),
    Call("train", ("give either a YAML file or --resume RUN",)),
    Call("train y.yaml", ("y.yaml: no such file", "reviews.yaml")),
    Call("train reviews.yml", ("Did you mean 'reviews.yaml'?",)),
    Call("train no/where.yaml", ("no/where.yaml: no such file, and no such folder 'no'",)),
    Call("train photos", ("photos: cannot be read: Is a directory",)),
    Call("train reviews.yaml --epochs 3", ("No such option", "--epochs")),
    Call("train --resume runs/none", ("runs/none does not exist",)),
    Call("train --resume photos", ("photos is not a run directory: it has no experiment.yaml",)),
    Call("train --resume {images} reviews.yaml", ("it takes key=value to change that, not reviews.yaml",)),
    Call("train --resume {images} training.epoch=3", ("command line: training.epoch: no such key",)),
    Call("train --resume {images} data.batch_size=3", ("command line: data.batch_size: was 4 and is 3",
        "start a new run from it")),
    Call("train --resume mine", ("mine/summary.json: cannot be read",), write("mine/summary.json", "{")),
    Call("train --resume mine training.epochs=3", ("mine cannot go on: its optimizer's state was removed",
        "training.keep_state=true"), lambda folder: finished.remove_state(folder / "mine/checkpoints")),
    Call("train --resume mine", ("epoch-0001: not a usable checkpoint", "checkpoints: no checkpoint can be used"),
        together(remove("mine/summary.json"), first_half("mine/checkpoints/epoch-0001/training.safetensors"))),
    Call("train --resume mine", ("mine: the data has changed since this run began",),
        together(remove("mine/summary.json"),
            edit("mine/experiment.yaml", "source: .*", "source: photos"), remove("photos/train/red/0.png"))),
    Call("train --resume mine", ("mine/model/backbone.json: cannot rebuild",),
        remove("mine/model/backbone.json", "mine/summary.json")),
    Call("eval", ("Missing option", "--checkpoint")),
    Call("eval --checkpoint photos", ("photos is not a run directory",)),
    Call("eval --checkpoint runs/none", ("runs/none does not exist",)),
    Call("eval --checkpoint mine", ("not a usable checkpoint",),
        first_half("mine/checkpoints/epoch-0001/model.safetensors")),
    Call("eval --checkpoint mine", ("mine/model/target.json: cannot be read",),
        remove("mine/model/target.json")),
    Call("eval --checkpoint mine", ("these are weights of another model", "misshapen: head.0.weight"),
        edit("mine/experiment.yaml", "activation: relu", "hidden: [8]")),
    Call("eval --checkpoint {images} --data tset",
        ("--data: no split is called 'tset'. Did you mean 'test'? There are: train, val, test",)),
    Call("eval --checkpoint {images} --data test",
        ("--data test: this run has no such split. It has: val, train",)),
    Call("eval --checkpoint {images} --data ./photo",
        ("--data: no such file or folder", "Did you mean 'photos'?")),
    Call("eval --checkpoint {images} --data photos", ("photos", "'green'", "the evaluated split",
        "Training has: blue, red"), image("photos/val/green/0.png")),
    Call("eval --checkpoint {images} --data reviews.csv", ("16 of the 16 images in reviews.csv cannot be used",
        "data.image")),
    Call("eval --checkpoint {texts} --data photos/val", ("holds images, and this task reads texts",)),
    Call("eval --checkpoint {texts} --data other.csv", ("other.csv", "'ugly'"),
        write("other.csv", "text,label\na,ugly\n")),
    Call("eval --checkpoint {images} --device cuda:99", ("--device: cuda:99 is not on this machine",)),
    Call("eval --checkpoint {images} --device gpu", ("--device: should be auto", "cuda:N", "'gpu'")),
    Call("predict --checkpoint {images}", ("give either files or --input TABLE",)),
    Call("predict --checkpoint {images} a.png --input b.csv", ("give either files or --input TABLE",)),
    Call("predict --checkpoint {images} photos/train/red/0.pgn",
        ("no such file or folder", "Did you mean '0.png'?")),
    Call("predict --checkpoint {images} empty", ("empty has no images",),
        make("empty")),
    Call("predict --checkpoint {images} reviews.csv --output out.csv",
        ("reviews.csv is not an image of a known format",)),
    Call("predict --checkpoint {images} photos/train/red cut.jpg --output out.csv",
        ("cut.jpg cannot be decoded",), cut_image("cut.jpg")),
    Call("predict --checkpoint {images} --input reviews.csv",
        ("data.image: no column of reviews.csv looks like the image",)),
    Call("predict --checkpoint {images} --input none.csv", ("--input: no such file or folder",)),
    Call("predict --checkpoint {texts} --input other.csv --output out.csv",
        ("data.text: no column of other.csv looks like the text",), write("other.csv", "words,n\na,b\n")),
    Call("predict --checkpoint {texts} review.txt", ("no such file or folder",)),
    Call("predict --checkpoint {texts} photos/train/red/0.png", ("0.png cannot be read as UTF-8 text",)),
    Call("predict --checkpoint {texts} --input reviews.csv --output no/out.csv",
        ("--output no/out.csv: there is no folder",)),
    Call("predict --checkpoint {texts} --input reviews.csv --output photos",
        ("--output: photos is there already",)),
    Call("predict --checkpoint {texts} --input reviews.csv --output reviews.csv",
        ("--output: reviews.csv is there already",)),
    Call("list-models resnett", ("no known model matches 'resnett'",)),
    Call("list-models --task image-classif",
        ("--task: no task is called 'image-classif'. Did you mean 'image-classification'?",)),
    Call("init photoss", ("no such file or folder", "Did you mean 'photos'?")),
    Call("init bert/model.safetensors", ("a folder of class folders or a table",)),
    Call("init empty", ("empty has no class folders",), make("empty")),
    Call("init photos --output reviews.yaml", ("reviews.yaml is there already",)),
    Call("init photos --output no/x.yaml", ("--output no/x.yaml: there is no folder",)),
]  # fmt: skip


@each(CALLS)
def test_mistakes_in_commands(case: Call, ftcli: Command, photos: Path, texts: Path, runs: Path) -> None:
    """`mine` is a copy of a run, to be damaged."""
    (texts / "reviews.yaml").write_text(TEXTS)
    if "mine" in case.name:
        shutil.copytree(runs / "images", "mine")
    case.damage(Path())
    line = case.name.format(images=runs / "images", texts=runs / "texts")
    refused(ftcli, case.said, *line.split())
