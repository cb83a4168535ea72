"""Mistakes in folders and tables of images."""

from __future__ import annotations

from pathlib import Path

from tests.mistakes.case import (
    IMAGES,
    Case,
    Damage,
    cut_image,
    each,
    image,
    make,
    refused,
    remove,
    together,
    write,
)  # fmt: skip
from tests.running import Command
from tests.tiny import data as tiny_data


def spoilt(name: str) -> Damage:
    """Other bytes in the middle of an image, which only decoding can tell."""

    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        middle = len(content) // 2
        content[middle : middle + 20] = bytes(20)
        (folder / name).write_bytes(content)

    return damage


def table_of_images(extra: str = "") -> Damage:
    """t.csv, with one more row."""

    def damage(folder: Path) -> None:
        tiny_data.image_table(folder / "t.csv")
        with (folder / "t.csv").open("a") as file:
            file.write(extra)

    return damage


TABLE = ("data.source=null", "data.train=t.csv")
PICTURES = [
    Case("no such folder", ("x.yaml:3: data.source", "no such file or folder", "Did you mean 'photos'?"),
        "photos", "./photoss"),
    Case("a name that is neither a data set nor a folder",
        ("x.yaml:3: data.source: no such file or folder", "Did you mean 'photos'? As a Hugging Face dataset: not on"),
        "photos", "photoss"),
    Case("a misspelt data set",
        ("x.yaml:3: data.source: no data set is called 'cifra10'. Did you mean 'cifar10'?",), "photos",
        "cifra10"),
    Case("no such split", ("data.val", "photos has no split 'vall' (it has: train, val)"), "batch_size: 4",
        "val: vall"),
    Case("a class folder without images",
        ("photos/train: no images in the class folder 'green': fill it or remove it",),
        damage=make("photos/train/green")),
    Case("no images at all", ("photos/train", "no class folders"),
        damage=together(remove("photos/train"), make("photos/train"))),
    Case("one class only", ("photos/train: the training split has only one class, 'red': nothing to learn",),
        damage=remove("photos/train/blue", "photos/val/blue")),
    Case("images without a class folder", ("photos/train holds 1 image beside its class folders (x.png)",),
        damage=image("photos/train/x.png")),
    Case("a class that only validation has", ("photos/val",
        "'green' (1 example, the first at photos/val/green/0.png)", "Training has: blue, red"),
        damage=image("photos/val/green/0.png")),
    Case("a truncated JPEG", ("1 of the 9 images in photos/train cannot be used: photos/train/red/cut.jpg",
        "truncated"), damage=cut_image("photos/train/red/cut.jpg")),
    Case("a truncated PNG",
        ("1 of the 5 images in photos/val cannot be used: photos/val/red/cut.png cannot be decoded",),
        damage=cut_image("photos/val/red/cut.png")),
    Case("an empty file for an image", ("photos/train/red/zero.jpg", "not an image"),
        damage=write("photos/train/red/zero.jpg", "")),
    Case("a text for an image", ("photos/train/red/text.jpg", "not an image"),
        damage=write("photos/train/red/text.jpg", "a red image\n")),
    Case("an error page for an image", ("2 of the 10 images in photos/train", "red/a.png", "blue/b.png"),
        damage=together(write("photos/train/red/a.png", "<html>"), write("photos/train/blue/b.png", "<html>"))),
    Case("an image that is damaged in its middle", ("photos/train/red/0.png", "cannot be decoded"),
        damage=spoilt("photos/train/red/0.png")),
    Case("a batch larger than the data", ("x.yaml:4: data.batch_size: 99 is more than the 8 training examples",
        "At most 8"), "batch_size: 4", "batch_size: 99"),
    Case("a key for texts", ("x.yaml:4: data.max_length: is for texts, and this task reads images",),
        "batch_size: 4", "max_length: 16"),
    Case("a budget of tokens for images",
        ("x.yaml:4: data.max_tokens: is for texts, and this task reads images",), "batch_size: 4",
        "max_tokens: 256"),
    Case("views of images that nothing changes", ("x.yaml:4: data.cache.views: nothing changes the inputs",),
        "batch_size: 4", "cache: {views: 3}", overrides=("data.augment=none",)),
    Case("a key for tables",
        ("x.yaml:4: data.label: has no meaning for photos/train (a folder of class folders)",), "batch_size: 4",
        "label: colour"),
    Case("a class that is not there",
        ("x.yaml:4: data.classes: no training example has the class 'rde'. Did you mean 'red'?",),
        "batch_size: 4", "classes: [blue, rde]"),
    Case("numbers wanted from class folders", ("photos/train", "'blue'", "not a number"), "image-classification",
        "image-regression"),
    Case("a text task with a folder of images", ("photos/train", "holds images, and this task reads texts"),
        "image-classification", "text-classification", overrides=("data.image_size=null",)),
    Case("images of a table that are not there",
        ("1 of the 9 images in t.csv cannot be used: t.csv:10: images/gone.png does not exist", "data.root"),
        overrides=TABLE,
        damage=table_of_images("images/gone.png,red\n")),
    Case("an empty cell for an image", ("t.csv:10: the image in column 'image' is empty",), overrides=TABLE,
        damage=table_of_images(",red\n")),
    Case("a broken image of a table", ("1 of the 9 images in t.csv cannot be used: t.csv:10: images/cut.jpg",
        "truncated"), overrides=TABLE,
        damage=together(table_of_images("images/cut.jpg,red\n"), cut_image("images/cut.jpg"))),
    Case("no such root", ("data.root", "no such file or folder"), overrides=(*TABLE, "data.root=elsewhere"),
        damage=table_of_images()),
    Case("an image task with a table of texts", ("2 of the 2 images in reviews.csv cannot be used",
        "reviews.csv:3: a movie does not exist", "data.image if 'text' is the wrong column"),
        overrides=("data.source=null", "data.train=reviews.csv"),
        damage=write("reviews.csv", "text,label\na film,good\na movie,bad\n")),
    Case("an archive", ("photos.zip", "files that end in '.zip' are not read"), overrides=("data=photos.zip",),
        damage=write("photos.zip", b"PK\x03\x04")),
]  # fmt: skip


@each(PICTURES)
def test_mistakes_in_images(case: Case, ftcli: Command, photos: Path, unplugged: None) -> None:
    case.write(IMAGES)
    refused(ftcli, case.said, "train", "x.yaml", *case.overrides)
