"""Data sets as users have them, generated: nested, listed, doubled, with gaps and odd names; and what is in them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from ftcli.config.schema import Data

Draw = Callable[[st.SearchStrategy[Any]], Any]

# The reasons why examples are left out, as patterns of the words of their notes.
HIDDEN, BLANK, GONE, AGAIN = "hidden", "blank|empty", "cannot be used|do(es)? not exist", "under several ids"

# File names that tools have trouble with; none is hidden or a system's own.
ODD_NAMES = ("a b", "ü", "日本", "-v", "100%", "x.y", "#1", "q'q", "a,b", "{i}", "A", "[0]", "~b", "*", "0")
SYSTEM = ("@eaDir", ".thumbnails", "__MACOSX", ".hidden")
COLOURS = {"cat": (220, 60, 40), "dog": (40, 60, 220), "fox": (40, 200, 60)}


@dataclass
class Layout:
    """A data set: `given` examples, of which some are left out for reasons, each with a word that its note has."""

    data: Data
    modality: str = "image"
    wants: str = "category"
    given: int = 0
    left: dict[str, int] = field(default_factory=dict)  # a pattern of the note's words -> the count
    table: Path | None = None  # whose rows are all scored and predicted
    folders: tuple[Path, ...] = ()  # whose files are all predicted
    splits: tuple[str, ...] = ("train",)  # which are all scored


def picture(
    path: Path, colour: Sequence[int] = (90, 90, 90), size: tuple[int, int] = (12, 8), seed: int = 0
) -> Path:
    """A small image that no other one equals."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(-30, 30, (size[1], size[0], 3)) + np.asarray(colour)
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)
    return path


def names(draw: Draw, count: int) -> list[str]:
    """Different names, some odd."""
    odd = draw(st.lists(st.sampled_from(ODD_NAMES), max_size=min(count, 5), unique=True))
    return [*odd, *(f"n{number}" for number in range(count - len(odd)))]


def amount(draw: Draw, least: int = 0, most: int = 3) -> int:
    """A small number."""
    return int(draw(st.integers(least, most)))


def class_folders(draw: Draw, root: Path) -> Layout:
    """Images in class folders and below them, with files of a system between."""
    splits = draw(
        st.sampled_from([("",), ("train", "test"), ("Training", "valid", "TEST"), ("train_set", "test_set")])
    )
    layout, hidden = Layout(Data(source=str(root)), folders=(root,)), 0
    layout.splits = tuple(filter(None, splits)) or layout.splits
    for split in splits:
        for label, colour in COLOURS.items():
            for number, name in enumerate(names(draw, amount(draw, 3, 6))):
                inside = draw(st.sampled_from(["", "", "2024", "deep/er"]))
                ending = draw(st.sampled_from([".png", ".PNG", ".jpg", ".JPEG", ".bmp"]))
                picture(root / split / label / inside / f"{name}{ending}", colour, seed=layout.given)
                layout.given += 1
                if number == 0 and draw(st.booleans()):
                    system = draw(st.sampled_from(SYSTEM))
                    picture(root / split / label / system / "thumb.png", colour, seed=layout.given)
                    hidden += 1
        (root / split / "cat" / "notes.txt").write_text("not an image")
    layout.given += hidden
    if hidden:
        layout.left[HIDDEN] = hidden
    return layout


@dataclass
class Sheet:
    """Rows to write, and why some of them are not learned from."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    blank: int = 0
    unlabelled: int = 0
    missing: int = 0


def sheet(draw: Draw, *, blanks: bool) -> Sheet:
    """Rows of texts and labels: doubled ones, blank ones, and ones without a label."""
    found = Sheet()
    for number in range(amount(draw, 8, 16)):
        odd = draw(
            st.sampled_from(["", ', with a "quote"', "\nsecond line", "; and more", " | bar", "\\", " ünï"])
        )
        found.rows.append({"text": f"text {number}{odd}", "label": ("good", "bad")[number % 2]})
        kind = draw(st.sampled_from(["plain"] * 6 + ["double", "blank", "unlabelled"]))
        if kind == "double":
            found.rows.append(dict(found.rows[-1]))
        elif kind == "blank" and blanks:
            found.rows.append({"text": "", "label": ""})
            found.blank += 1
        elif kind == "unlabelled":
            found.rows.append({"text": f"open {number}", "label": draw(st.sampled_from(["", " "]))})
            found.unlabelled += 1
    return found


def _of_sheet(rows: Sheet, data: Data, path: Path) -> Layout:
    left = {BLANK: rows.blank, "label": rows.unlabelled}
    given = len(rows.rows)
    return Layout(data, "text", given=given, left={words: n for words, n in left.items() if n}, table=path)


def csv_texts(draw: Draw, root: Path) -> Layout:
    """A CSV file as different programs write it."""
    rows = sheet(draw, blanks=True)
    comma = draw(st.sampled_from([",", ";", "\t", "|"]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    empty = amount(draw, 0, 2)  # columns that a spreadsheet once had
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=comma, lineterminator=end)
    writer.writerow(["text", "label", *[""] * empty])
    writer.writerows([row["text"], row["label"], *[""] * empty] for row in rows.rows)
    mark = draw(st.sampled_from(["", "\ufeff"]))
    path = root / "d.csv"
    path.write_text(
        mark + out.getvalue() + draw(st.sampled_from(["", end, end * 2])), encoding="utf-8", newline=""
    )
    return _of_sheet(rows, Data(train=str(path), text="text", label="label", missing_labels="skip"), path)


def jsonl_texts(draw: Draw, root: Path) -> Layout:
    """JSON Lines, or one list of objects, with fields within fields."""
    rows = sheet(draw, blanks=False)
    nested = draw(st.booleans())
    items = [
        {"id": number, "of": {"text": row["text"]}, "label": row["label"].strip() or None} if nested else row
        for number, row in enumerate(rows.rows)
    ]
    whole = draw(st.booleans())
    path = root / ("d.json" if whole else "d.jsonl")
    lines = "\n".join(json.dumps(item, ensure_ascii=draw(st.booleans())) for item in items)
    path.write_text(
        json.dumps(items, indent=draw(st.sampled_from([None, 1]))) if whole else lines, encoding="utf-8"
    )
    text = "of.text" if nested else "text"
    return _of_sheet(rows, Data(train=str(path), text=text, label="label", missing_labels="skip"), path)


def parquet_texts(draw: Draw, root: Path) -> Layout:
    """Parquet files as a hub has them: splits in parts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    total, splits = 0, draw(st.sampled_from([("train",), ("train", "test"), ("train", "validation", "test")]))
    for split in splits:
        parts = amount(draw, 1, 3)
        for part in range(parts):
            size = amount(draw, 4, 6)
            table = {"text": [f"{split} {part} {n}" for n in range(size)], "label": ["good", "bad"] * 3}
            table = {name: cells[:size] for name, cells in table.items()}
            file = root / "data" / f"{split}-{part:05d}-of-{parts:05d}.parquet"
            file.parent.mkdir(exist_ok=True)
            made = pa.table(table)
            if draw(st.booleans()):
                made = made.set_column(1, "label", made["label"].dictionary_encode())
            pq.write_table(made, file, row_group_size=amount(draw, 1, 6))
            total += size
    return Layout(Data(source=str(root), text="text", label="label"), "text", given=total, splits=splits)


def image_table(draw: Draw, root: Path) -> Layout:
    """A table of images of which some are missing, cut off, or named as another system names them."""
    rows, broken, given = [], 0, 0
    style = draw(st.sampled_from(["plain", "windows", "bare", "capitals"]))
    for number, name in enumerate(names(draw, amount(draw, 8, 12))):
        label = ("cat", "dog")[number % 2]
        state = draw(st.sampled_from(["whole"] * 6 + ["missing", "cut"])) if number > 3 else "whole"
        file = root / "img" / label / f"{name}.png"
        if state != "missing":
            picture(file, COLOURS[label], seed=number)
        if state == "cut":
            file.write_bytes(file.read_bytes()[:40])
        broken += state != "whole"
        given += 1
        cell = f"img/{label}/{name}.png"
        if style == "windows" and "\\" not in name:
            cell = cell.replace("/", "\\")
        elif style == "bare":
            cell = cell.removesuffix(".png")
        elif style == "capitals":
            cell = cell.removesuffix(".png") + ".PNG"
        rows.append({"image": cell, "label": label})
        if draw(st.integers(0, 7)) == 0 and state == "whole":
            rows.append(rows[-1])
            given += 1
    path = root / "d.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ["image", "label"])
        writer.writeheader()
        writer.writerows(rows)
    left = {GONE: broken} if broken else {}
    return Layout(Data(train=str(path), bad_files="skip"), given=given, left=left, table=path)


def conll(draw: Draw, root: Path) -> Layout:
    """Sentences between blank lines, with comments, in spaces or tabs."""
    mark, blocks = draw(st.sampled_from([" ", "\t"])), []
    for number in range(amount(draw, 6, 12)):
        words = [(f"w{number}", "B-PER"), ("x", draw(st.sampled_from(["O", "I-PER"]))), ("y", "O")]
        blocks.append("\n".join(mark.join(pair) for pair in words[: amount(draw, 1, 3)]))
    between = draw(st.sampled_from(["\n\n", "\n\n\n", "\n \n"]))
    start = draw(st.sampled_from(["", "\n", f"-DOCSTART-{mark}O\n\n"]))
    path = root / "train.conll"
    path.write_text(
        start + between.join(blocks) + draw(st.sampled_from(["", "\n", "\n\n"])), encoding="utf-8"
    )
    return Layout(Data(train=str(path)), "text", "tags", given=len(blocks), table=path)


def lines(draw: Draw, root: Path) -> Layout:
    """Two files of lines."""
    size = amount(draw, 6, 12)
    for language in ("en", "de"):
        text = "".join(f"{language} {number}\n" for number in range(size))
        (root / f"train.{language}").write_text(text if draw(st.booleans()) else text.rstrip("\n"))
    files = str(root / "train.{en,de}")
    return Layout(Data(train=files), "text", "text", given=size, splits=(files,))


def coco(draw: Draw, root: Path) -> Layout:
    """COCO's JSON: images below folders, without objects, missing, and under several ids."""
    images: list[Mapping[str, Any]] = []
    annotations: list[Mapping[str, Any]] = []
    layout = Layout(Data(source=str(root), bad_files="skip"), wants="boxes", folders=(root / "images",))
    again = missing = 0
    for number, name in enumerate(names(draw, amount(draw, 6, 10))):
        file = draw(st.sampled_from(["", "a/", "a/b/"])) + f"{name}.png"
        absent = number > 3 and draw(st.integers(0, 5)) == 0
        if not absent:
            picture(root / "images" / file, seed=number, size=(40, 30))
        missing += absent
        for entry in range(1 if absent else draw(st.sampled_from([1, 1, 1, 2, 3]))):
            images.append({"id": len(images), "file_name": file, "width": 40, "height": 30})
            layout.given += 1
            again += entry > 0
            if number < 2 or draw(st.integers(0, 3)):
                box = [2 + 4 * entry, 3, 9, 8]
                one = {
                    "id": len(annotations),
                    "image_id": len(images) - 1,
                    "category_id": number % 2 + 1,
                    "bbox": box,
                }
                annotations.append({**one, "area": 72, "iscrowd": 0})
    content = {"images": images, "annotations": annotations}
    content["categories"] = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    folder = draw(st.sampled_from(["annotations", "."]))
    (root / folder).mkdir(exist_ok=True)
    (root / folder / draw(st.sampled_from(["instances_train.json", "train.json"]))).write_text(
        json.dumps(content)
    )
    left = {AGAIN: again, GONE: missing}
    layout.left = {words: n for words, n in left.items() if n}
    return layout


def voc(draw: Draw, root: Path) -> Layout:
    """Pascal VOC: XML files beside images or in a folder of their own, some missing."""
    layout, bare = Layout(Data(source=str(root), missing_labels="skip"), wants="boxes", folders=(root,)), 0
    apart = draw(st.booleans())
    for number, name in enumerate(names(draw, amount(draw, 6, 10))):
        picture(root / ("images" if apart else "") / f"{name}.png", seed=number, size=(40, 30))
        layout.given += 1
        if number > 3 and draw(st.integers(0, 4)) == 0:
            bare += 1
            continue
        box = "<bndbox><xmin>3</xmin><ymin>4</ymin><xmax>20</xmax><ymax>19</ymax></bndbox>"
        thing = f"<object><name>{('cat', 'dog')[number % 2]}</name>{box}</object>" if number < 4 else ""
        size = draw(
            st.sampled_from(["", "<size><width>40</width><height>30</height><depth>3</depth></size>"])
        )
        file = root / ("annotations" if apart else "") / f"{name}.xml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"<annotation><filename>x.png</filename>{size}{thing}</annotation>")
    layout.left = {"XML": bare} if bare else {}
    return layout


def yolo(draw: Draw, root: Path) -> Layout:
    """YOLO: images in folders below, labels beside them in the same way, lists of images, lists of folders."""
    layout, splits = Layout(Data(source=str(root)), wants="boxes", folders=(root,)), ("train", "val")
    layout.splits = splits
    form = draw(st.sampled_from(["folders", "lists", "several"]))
    said: dict[str, Any] = {}
    for split in splits:
        parts = [f"{split}{part}" for part in range(2)] if form == "several" else [split]
        listed = []
        for part in parts:
            for number, name in enumerate(names(draw, amount(draw, 3, 6))):
                inside = draw(st.sampled_from(["", "", "later/"]))
                file = root / "images" / part / inside / f"{name}.png"
                picture(file, seed=layout.given, size=(40, 30))
                listed.append(file.relative_to(root).as_posix())
                layout.given += 1
                if number == 0 or draw(st.booleans()):
                    label = root / "labels" / part / inside / f"{name}.txt"
                    label.parent.mkdir(parents=True, exist_ok=True)
                    label.write_text(f"{number % 2} 0.5 0.5 0.2 0.3\n" if number < 2 else "")
        if form == "lists":
            (root / f"{split}.txt").write_text("".join(f"./{line}\n" for line in listed))
        folders = [f"images/{part}" for part in parts]
        said[split] = f"{split}.txt" if form == "lists" else folders if form == "several" else folders[0]
    (root / "data.yaml").write_text(json.dumps({"path": ".", **said, "names": ["cat", "dog"]}))
    return layout


def masks(draw: Draw, root: Path) -> Layout:
    """Images and masks by the same name or with a word more, some images without."""
    layout, bare = Layout(Data(source=str(root), missing_labels="skip"), wants="mask"), 0
    word = draw(st.sampled_from(["", "_mask", "_segmentation"]))
    splits = draw(st.sampled_from([("",), ("train", "val")]))
    layout.splits = tuple(filter(None, splits)) or layout.splits
    layout.folders = tuple(root / split / "images" for split in splits)
    for split in splits:
        for number, name in enumerate(names(draw, amount(draw, 5, 8))):
            inside = draw(st.sampled_from(["", "", "more/"]))
            picture(root / split / "images" / inside / f"{name}.jpg", seed=layout.given, size=(24, 16))
            layout.given += 1
            if number > 3 and draw(st.integers(0, 4)) == 0:
                bare += 1
                continue
            values = np.zeros((16, 24), np.uint8)
            values[2:9, 3:12] = 1 + number % 2
            file = root / split / "masks" / inside / f"{name}{word}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(values).save(file)
    layout.left = {"mask": bare} if bare else {}
    return layout


LAYOUTS: Mapping[str, Callable[[Draw, Path], Layout]] = {
    made.__name__: made
    for made in (
        class_folders, csv_texts, jsonl_texts, parquet_texts, image_table, conll, lines, coco, voc, yolo, masks,
    )
}  # fmt: skip
