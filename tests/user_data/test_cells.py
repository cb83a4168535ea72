"""Tables of other machines and tools: names without endings, Windows paths, columns of 0 and 1, lists as texts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.splits import Splits, open_split
from ftcli.data.unlabelled import open_unlabelled
from tests.data.opening import mistake, opened
from tests.tiny import data as tiny
from tests.tiny import sounds

TABLES: Sequence[tuple[str, Callable[..., Path]]] = (
    ("a.csv", tiny.table), ("a.jsonl", tiny.jsonl), ("a.parquet", tiny.parquet)
)  # fmt: skip
each_table = pytest.mark.parametrize(("file", "make"), TABLES, ids=[file for file, _ in TABLES])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """img/red/0.png, ..., img/blue/3.png."""
    return tiny.class_folders(tmp_path / "img").parent


def rows(name: Callable[[str, int], str], key: str = "image") -> list[dict[str, Any]]:
    return [{key: name(label, n), "label": label} for label in ("red", "blue") for n in range(4)]


def files(split: Any, key: str = "image") -> list[str]:
    return [split[index].inputs[key].as_posix() for index in range(len(split))]


def wanted(folder: Path) -> list[str]:
    return [(folder / f"img/{label}/{n}.png").as_posix() for label in ("red", "blue") for n in range(4)]


def note(splits: Splits, words: str) -> str:
    (found,) = (one for one in splits.notes if words in one)
    return found


@each_table
@pytest.mark.parametrize(
    ("name", "how"),
    [
        (lambda label, n: f"img\\{label}\\{n}.png", "with / for \\ (8)"),
        (lambda label, n: f"IMG/{label}/{n}.PNG", "with other capitals or composed characters (8)"),
        (lambda label, n: f"img/{label}/{n}", "with an ending added (8)"),
        (lambda label, n: f"C:\\Users\\me\\img\\{label}\\{n}.png", "without the folder C:/Users/me (8)"),
        (lambda label, n: f"file:///data/img/{label}/{n}.png", "without the folder /data (8)"),
    ],
)
def test_names_of_another_machine(photos: Path, file: str, make: Any, name: Any, how: str) -> None:
    table = str(make(photos / file, rows(name)))
    splits = opened(Data(train=table, val=0.0), "image")
    assert files(splits.train) == wanted(photos)
    said = note(splits, "are found otherwise than written")
    assert "8 of the 8 images" in said
    assert how in said
    predicted = open_unlabelled((MODALITIES["image"],), [], table, Data())
    assert files(predicted) == wanted(photos)
    evaluated = open_split(
        Data(train=table),
        table,
        inputs=(MODALITIES["image"],),
        wants="category",
        target=splits.target,
        places={},
    )
    assert files(evaluated) == wanted(photos)


@each_table
def test_a_name_with_columns_in_braces(photos: Path, file: str, make: Any) -> None:
    table = make(photos / file, [{"id": n, "breed": label} for label in ("red", "blue") for n in range(4)])
    data = Data(train=str(table), image="{breed}/{id}.png", label="breed", root=str(photos / "img"), val=0.0)
    splits = opened(data, "image")
    assert files(splits.train) == wanted(photos)
    assert splits.target.classes == ("blue", "red")
    assert not any("otherwise" in one for one in splits.notes)
    open_unlabelled((MODALITIES["image"],), [], str(table), data)


def test_mistakes_in_a_name_with_columns(photos: Path) -> None:
    table = str(tiny.table(photos / "a.csv", [{"id": "0", "label": "a"}, {"id": "", "label": "b"}]))
    assert "data.image: " in mistake(Data(train=table, image="{ids}.png"), "image")
    assert "has no column 'ids'. Did you mean 'id'?" in mistake(Data(train=table, image="{ids}.png"), "image")
    assert "a.csv:3: the image in column '{id}.png' is empty" in mistake(
        Data(train=table, image="{id}.png"), "image"
    )


def test_an_id_with_two_files_is_not_guessed(photos: Path) -> None:
    tiny.image(photos / "img/red/2.jpg")
    table = tiny.table(photos / "a.csv", rows(lambda label, n: f"img/{label}/{n}"))
    message = mistake(Data(train=str(table)), "image")
    assert "a.csv:4: img/red/2 does not exist: it may be any of img/red/2.jpg, img/red/2.png" in message
    skipped = opened(Data(train=str(table), bad_files="skip", val=0.0), "image")
    assert len(skipped.train) == 7
    assert "img/red/2.jpg" in skipped.skipped[0]


def test_a_photo_that_was_lost_with_its_capitals_is_not_another(photos: Path) -> None:
    names = [*rows(lambda label, n: f"img/{label}/{n}.png"), {"image": "img/red/1.PNG", "label": "blue"}]
    message = mistake(Data(train=str(tiny.table(photos / "a.csv", names))), "image")
    assert "a.csv:10: img/red/1.PNG does not exist: other rows name 1.png with other capitals" in message


def test_a_broken_file_that_was_found_by_its_id_is_named(photos: Path) -> None:
    (photos / "img/red/1.png").write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    table = tiny.table(photos / "a.csv", rows(lambda label, n: f"img/{label}/{n}"))
    assert "a.csv:3: " in mistake(Data(train=str(table)), "image")
    assert len(opened(Data(train=str(table), bad_files="skip", val=0.0), "image").train) == 7


def test_the_form_of_ljspeech(tmp_path: Path) -> None:
    for number in range(4):
        sounds.sound(tmp_path / f"wavs/LJ-{number}.wav")
    lines = ['LJ-0|"Yes," he said.|"Yes," he said.', "LJ-1|No|No", 'LJ-2|A "quoted|A "quoted', "LJ-3|2|two"]
    (tmp_path / "metadata.csv").write_text("".join(f"{line}\n" for line in lines))
    data = Data(
        train=str(tmp_path / "metadata.csv"), columns=("id", "raw", "said"), delimiter="|", quoting=False,
        target="said", val=0.0,
    )  # fmt: skip
    for form in (
        replace(data, audio="id", root=str(tmp_path / "wavs")), replace(data, audio="wavs/{id}.wav"),
    ):  # fmt: skip
        train = opened(form, "audio", "transcript").train
        assert files(train, "audio") == [str(tmp_path / f"wavs/LJ-{number}.wav") for number in range(4)]
        assert [train[n].target for n in range(4)] == ['"Yes," he said.', "No", 'A "quoted', "two"]


@each_table
@pytest.mark.parametrize("marks", [("0", "1"), (0, 1), (False, True), (0.0, 1.0)])
def test_columns_of_0_and_1(tmp_path: Path, file: str, make: Any, marks: tuple[Any, Any]) -> None:
    no, yes = marks
    made = [
        {"text": f"t {n}", "apple": [no, yes][n % 2], "plum": [yes, no, no][n % 3], "fig": no}
        for n in range(6)
    ]
    table = str(make(tmp_path / file, made))
    data = Data(train=table, val=table, test=table, label=("apple", "plum", "fig"))
    splits = opened(data)
    assert splits.target.kind == "multi-label"
    assert splits.target.classes == ("apple", "plum")
    assert [splits.train[n].target for n in range(4)] == [("plum",), ("apple",), (), ("apple", "plum")]
    assert note(splits, "no training example of fig")
    evaluated = open_split(
        data, table, inputs=(MODALITIES["text"],), wants="category", target=splits.target, places={}
    )
    assert [evaluated[n].target for n in range(4)] == [splits.train[n].target for n in range(4)]
    assert len(open_unlabelled((MODALITIES["text"],), [], table, data)) == 6


def test_mistakes_in_columns_of_0_and_1(tmp_path: Path) -> None:
    cells = [{"text": "a", "p": "1", "q": "0"}, {"text": "b", "p": "", "q": "2"}]
    table = str(tiny.table(tmp_path / "a.csv", cells))
    assert "a.csv:3: the label in column 'p' is empty" in mistake(Data(train=table, label=("p", "q")))
    assert "a.csv:3: the label in column 'q' is '2': 0 or 1 is wanted" in mistake(
        Data(train=table, label=("q",))
    )
    assert "has no column 'z'" in mistake(Data(train=table, label=("p", "z")))
    assert "'p' is already the label" in mistake(Data(train=table, label=("p", "p")))
    assert "names no column" in mistake(Data(train=table, label=()))
    assert "name one column" in mistake(Data(train=table, label=("p", "q")), wants="number")
    both = Data(train=table, label=("p", "q"), label_separator="|")
    assert "label_separator: is for labels in one column" in mistake(both)
    assert "named in a list: label: [p, ...]" in mistake(Data(train=table))


@each_table
@pytest.mark.parametrize("form", ["['{}', '{}']", '["{}", "{}"]', "['{}' '{}']"])
def test_lists_as_texts(tmp_path: Path, file: str, make: Any, form: str) -> None:
    made = [{"text": f"t {n}", "label": form.format("ab"[n % 2], "bc"[n % 2])} for n in range(6)]
    table = str(make(tmp_path / file, made))
    splits = opened(Data(train=table, val=table))
    assert (splits.target.kind, splits.target.classes) == ("multi-label", ("a", "b", "c"))
    assert splits.train[1].target == ("b", "c")
    assert splits.val is not None
    assert splits.val[1].target == ("b", "c")
    assert sum("6 labels are lists written as text" in one for one in splits.notes) == 2
    with_separator = opened(Data(train=table, val=0.0, label_separator=","))
    assert with_separator.target.classes == ("a", "b", "c")


def test_one_text_among_lists_makes_all_texts(tmp_path: Path) -> None:
    made = [{"text": f"t {n}", "label": ["['a']", "['a', 'b']", "none"][n % 3]} for n in range(6)]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", made)), val=0.0))
    assert splits.target.kind == "single-label"


@pytest.mark.parametrize("form", [str, lambda words: f"[{' '.join(map(repr, words))}]"])
def test_words_and_tags_as_texts(tmp_path: Path, form: Any) -> None:
    words, tags = ["EU", "it's", "ok, fine"], ["B-ORG", "O", "O"]
    table = str(tiny.table(tmp_path / "a.csv", [{"tokens": form(words), "tags": form(tags)}] * 3))
    splits = opened(Data(train=table, val=0.0), wants="tags")
    assert splits.train[0].inputs["text"] == tuple(words)
    assert splits.train[0].target == tuple(tags)
    assert note(splits, "the tags of 3 rows are lists written as text")
    predicted = open_unlabelled((MODALITIES["text"],), [], table, Data(), wants="tags")
    assert predicted[0].inputs["text"] == tuple(words)


@each_table
def test_labels_with_a_separator_are_noted(tmp_path: Path, file: str, make: Any) -> None:
    made = [{"text": f"t {n}", "label": ["a", "b", "a|c", "b|c"][n % 4]} for n in range(8)]
    splits = opened(Data(train=str(make(tmp_path / file, made)), val=0.0))
    assert note(splits, "4 labels hold |, and their parts are labels, too").endswith(
        'data.label_separator: "|"'
    )


def test_1_and_1_0_are_one_class(tmp_path: Path) -> None:
    made = [{"text": f"t {n}", "label": ["1", "2.0", "1.0", "2", "3.0"][n % 5]} for n in range(10)]
    table = str(tiny.table(tmp_path / "a.csv", made))
    splits = opened(Data(train=table, val=0.0))
    assert (splits.target.classes, splits.target.counts) == (("1", "2", "3.0"), (4, 4, 2))
    assert note(splits, "4 labels such as '2.0' are numbers that others write as '2'")


def test_1_and_1_0_are_one_class_between_splits(tmp_path: Path) -> None:
    train = tiny.table(tmp_path / "a.csv", [{"text": f"t {n}", "label": f"{n % 2}.0"} for n in range(6)])
    val = tiny.table(tmp_path / "b.csv", [{"text": f"v {n}", "label": f"{n % 2}"} for n in range(4)])
    splits = opened(Data(train=str(train), val=str(val)))
    assert splits.target.classes == ("0.0", "1.0")
    assert splits.val is not None
    assert [splits.val[n].target for n in range(2)] == ["0.0", "1.0"]
    assert note(splits, "4 labels such as '0' are the classes such as '0.0' of the training split")
    evaluated = open_split(
        Data(), str(val), inputs=(MODALITIES["text"],), wants="category", target=splits.target, places={}
    )
    assert evaluated[1].target == "1.0"
    chosen = opened(Data(train=str(train), val=str(val), classes=("1.0", "0.0")))
    assert chosen.val is not None
    assert len(chosen.val) == 4


@pytest.mark.parametrize("labels", [("1", "1.0", "many"), ("1", "01", "2")])
def test_numbers_that_may_be_different_are_noted(tmp_path: Path, labels: Sequence[str]) -> None:
    made = [{"text": f"t {n}", "label": labels[n % 3]} for n in range(6)]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", made)), val=0.0))
    assert splits.target.classes == tuple(sorted(labels))
    assert note(splits, "look alike, and are different classes by how numbers are written")


def test_a_hundred_thousand_ids_are_found_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = tiny.image(tmp_path / "one.png")
    for number in range(20):
        shutil.copy(image, tmp_path / f"{number:02}.png")
    listed: list[Any] = []
    real = os.listdir

    def counting(folder: Any) -> list[str]:
        listed.append(folder)
        return real(folder)

    monkeypatch.setattr(os, "listdir", counting)
    made = [{"id": f"{n % 20:02}", "label": "ab"[n % 2]} for n in range(2000)]
    opened(Data(train=str(tiny.table(tmp_path / "a.csv", made)), image="id", val=0.0), "image")
    assert len(listed) == 1


def test_the_folder_that_has_the_files_is_named(photos: Path) -> None:
    for colour in ("red", "blue"):
        (photos / "img" / colour).rename(photos / colour)
    (photos / "img").rmdir()
    table = tiny.table(photos / "a.csv", [{"image": f"{n}.png", "label": "ab"[n % 2]} for n in range(4)])
    assert "has the first of them" not in mistake(Data(train=str(table)), "image")
    shutil.rmtree(photos / "blue")
    for name in ("{}.png", "{}", "/kaggle/input/{}.png", "C:\\my photos\\{}.PNG"):
        made = [{"image": name.format(n), "label": "ab"[n % 2]} for n in range(4)]
        message = mistake(Data(train=str(tiny.table(photos / "a.csv", made)), image="image"), "image")
        assert f"data.root is for another folder: {photos / 'red'} has the first of them" in message


@pytest.mark.parametrize(
    ("policy", "wanted"), [("skip", [("p",), ("q",)]), ("empty", [("p",), ("p",), ("q",)])]
)
def test_columns_of_0_and_1_with_an_empty_cell(tmp_path: Path, policy: str, wanted: list[Any]) -> None:
    cells = [{"text": "a", "p": 1, "q": 0}, {"text": "b", "p": 1, "q": ""}, {"text": "c", "p": 0, "q": 1}]
    table = str(tiny.table(tmp_path / "a.csv", cells))
    assert "a.csv:3: the label in column 'q' is empty" in mistake(Data(train=table, label=("p", "q")))
    splits = opened(Data(train=table, val=0.0, label=("p", "q"), missing_labels=policy))
    assert [splits.train[n].target for n in range(len(splits.train))] == wanted
    assert len(splits.skipped) == (policy == "skip")


def test_lists_as_texts_with_an_empty_cell(tmp_path: Path) -> None:
    made = [{"text": f"t {n}", "label": ["['a']", "['a', 'b']", "[]", ""][n % 4]} for n in range(8)]
    table = str(tiny.table(tmp_path / "a.csv", made))
    assert "2 of the 8 rows" in mistake(Data(train=table))
    assert len(opened(Data(train=table, val=0.0, missing_labels="skip")).train) == 6
    splits = opened(Data(train=table, val=0.0, missing_labels="empty"))
    assert [splits.train[n].target for n in range(4)] == [("a",), ("a", "b"), (), ()]
