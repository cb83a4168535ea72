"""Tables as JSON, Parquet, folders of a hub and parts have them, and fields within their fields."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import open_splits
from ftcli.data.unlabelled import open_unlabelled
from tests.data.opening import ids, mistake, opened
from tests.tiny import data as tiny
from tests.user_data.tables import FOUR, ROWS, Row, pairs, parquet, splits, written

HUGGING_FACE = {
    "text": {"dtype": "string", "_type": "Value"},
    "label": {"names": ["bad", "good"], "_type": "ClassLabel"},
}


DOCUMENTS = {
    "a list": json.dumps(ROWS),
    "a list over many lines": "\ufeff\n" + json.dumps(ROWS, indent=1) + "\n",
    "one list in an object": json.dumps({"version": "1.0", "data": ROWS, "more": [1, 2]}),
    "the same over many lines": json.dumps({"data": ROWS, "info": {"by": "us"}}, indent=2),
    "objects over many lines": "\n".join(json.dumps(row, indent=2) for row in ROWS),
    "a line each": "\n".join(map(json.dumps, ROWS)),
    "lists of values": json.dumps({name: [row[name] for row in ROWS] for name in ("text", "label")}),
    "values by row": json.dumps(
        {name: {n: row[name] for n, row in enumerate(ROWS)} for name in ("text", "label")}
    ),
    "rows by number": json.dumps({str(n): row for n, row in enumerate(ROWS)}, indent=1),
}


@pytest.mark.parametrize("form", DOCUMENTS)
@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_documents(tmp_path: Path, form: str, name: str) -> None:
    content = DOCUMENTS[form].encode()
    path = Path(written(tmp_path / name, gzip.compress(content) if name.endswith(".gz") else content))
    assert pairs(splits(path).train) == FOUR
    dev = splits(path, val=str(path), test=str(path))
    assert pairs(dev.val) == pairs(dev.test) == FOUR
    new = open_unlabelled((TEXT,), [], path, Data(train="b.csv", text="text", label="label"))
    assert [new[index].inputs["text"] for index in range(len(new))] == [text for text, _ in FOUR]
    if name == "a.json":
        found = recognise(path)
        assert (found.data["text"], found.data["label"], found.kind.name) == ("text", "label", "single-label")


def test_splits_in_one_document(tmp_path: Path) -> None:
    content = json.dumps({"train": ROWS, "validation": ROWS[:2], "test": ROWS[2:], "version": 1})
    path = written(tmp_path / "a.json", content)
    found = opened(Data(source=path))
    assert [pairs(one) for one in (found.train, found.val, found.test)] == [FOUR, FOUR[:2], FOUR[2:]]
    assert f"{path} has several splits (train, validation, test)" in mistake(Data(train=path))
    init = recognise(Path(path))
    assert (dict(init.data)["source"], init.sizes) == (path, {"train": 4, "val": 2, "test": 2})


def test_large_documents_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"text": f"{number} ä{'x' * (number % 700)}\n\\", "label": "xy"[number % 2]} for number in range(4000)
    ]
    path = written(tmp_path / "a.json", json.dumps(rows, ensure_ascii=False))
    assert pairs(splits(path).train) == [(row["text"], row["label"]) for row in rows]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            '{"images": [{"a": 1}], "boxes": [{"b": 1}]}',
            "one list of objects is wanted, .*several: images, boxes",
        ),
        ('[{"text": "a", "label": "x"},\n{"text": "b" "label": "y"}]', "a.json:2: not JSON"),
        ('[{"text": "a", "label": "x"}\n', "a.json:2: it ends too soon"),
        ("[1, 2]", "a.json:1: a JSON int"),
        ("[]", "a.json is empty"),
        ('[{"text": "a", "text": "b"}]', "the key 'text' is given twice"),
    ],
)
def test_documents_that_are_not_tables(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(AssertionError) if not words else pytest.raises(Exception, match=words):
        opened(Data(train=written(tmp_path / "a.json", content)))


def test_categories_of_pandas(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", ROWS, categories=("text", "label"))
    assert pairs(splits(path).train) == FOUR
    rows = [{"tokens": ["a", text], "tags": ["O", "B-X"]} for text, _ in FOUR]
    path = parquet(tmp_path / "b.parquet", rows, categories=("tokens", "tags"))
    assert pairs(splits(path, wants="tags").train)[3] == (("a", "d film"), ("O", "B-X"))


def test_the_names_of_classes_that_a_file_has(tmp_path: Path) -> None:
    rows = [{"text": text, "label": int(label == "good")} for text, label in FOUR]
    path = parquet(tmp_path / "train.parquet", rows, HUGGING_FACE)
    found = splits(path)
    assert (pairs(found.train), found.target.classes) == (FOUR, ("bad", "good"))
    assert any("0 is 'bad', 1 is 'good' (data.class_names)" in note for note in found.notes)
    assert splits(path, class_names=("no", "yes")).target.classes == ("no", "yes")
    assert [target for _, target in pairs(splits(path, wants="number").train)] == [1.0, 0.0, 1.0, 0.0]
    assert recognise(Path(path)).classes == ("bad", "good")


def test_the_names_of_tags_and_of_several_labels(tmp_path: Path) -> None:
    names = {"names": ["O", "B-X", "I-X"], "_type": "ClassLabel"}
    rows = [{"tokens": ["a", "b"], "ner_tags": [0, 1]}, {"tokens": ["c"], "ner_tags": [2]}]
    for feature in ({"feature": names, "_type": "Sequence"}, {"feature": names, "_type": "List"}, [names]):
        path = parquet(tmp_path / "a.parquet", rows, {"ner_tags": feature})
        assert [tags for _, tags in pairs(splits(path, wants="tags").train)] == [("O", "B-X"), ("I-X",)]
    rows = [{"text": "a", "labels": [0, 1]}, {"text": "b", "labels": []}]
    path = parquet(tmp_path / "b.parquet", rows, {"labels": {"feature": names, "_type": "Sequence"}})
    assert [labels for _, labels in pairs(splits(path).train)] == [("O", "B-X"), ()]


def test_a_hidden_label_is_missing_and_a_number_without_name_an_error(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet", [{"text": "a", "label": -1}, {"text": "b", "label": 0}], HUGGING_FACE
    )
    assert "row 1: the label in column 'label' is missing" in mistake(Data(train=path))
    path = parquet(
        tmp_path / "b.parquet", [{"text": "a", "label": 2}, {"text": "b", "label": 0}], HUGGING_FACE
    )
    assert "row 1: class 2, and the file has names for 0..1" in mistake(Data(train=path))


def test_a_data_set_as_it_is_downloaded(tmp_path: Path) -> None:
    written(tmp_path / "README.md", "# films\n")
    written(tmp_path / ".gitattributes", "")
    rows = [{"text": text, "label": int(label == "good")} for text, label in FOUR]
    for part in (0, 1):
        parquet(
            tmp_path / f"data/train-0000{part}-of-00002.parquet", rows[2 * part : 2 * part + 2], HUGGING_FACE
        )
    parquet(tmp_path / "data/validation-00000-of-00001.parquet", rows, HUGGING_FACE)
    parquet(tmp_path / "data/test-00000-of-00001-0123456789abcdef.parquet", rows, HUGGING_FACE)
    parquet(tmp_path / "data/unsupervised-00000-of-00001.parquet", rows, HUGGING_FACE)
    found = splits(tmp_path, val=None)
    assert pairs(found.train) == pairs(found.val) == pairs(found.test) == FOUR
    assert ids(found.train) == ["1", "2", "3", "4"]
    assert any("2 files, one after another" in note for note in found.notes)
    assert sum("0 is 'bad', 1 is 'good'" in note for note in found.notes) == 3
    assert any("not a split, so not read: unsupervised" in note for note in found.notes)
    init = recognise(tmp_path)
    assert dict(init.data) == {"source": str(tmp_path), "text": "text", "label": "label"}
    assert (init.sizes, init.classes) == ({"train": 4, "val": 4, "test": 4}, ("bad", "good"))


@pytest.mark.parametrize("files", [
    {"train": "train.parquet", "test": "test.parquet"},
    {"train": "data/train.jsonl", "test": "data/test.jsonl"},
    {"train": "data/train.csv", "test": "data/test.csv"},
    {"train": "data/train.json", "test": "data/test.json"},
    {"train": "plain_text/train-00000-of-00001.parquet", "test": "plain_text/test-00000-of-00001.parquet"},
    {"train": "data/train/0000.parquet", "test": "data/test/0000.parquet"},
    {"train": "default/train/0000.parquet", "test": "default/test/0000.parquet"},
    {"train": "train/part-00000.jsonl", "test": "test/part-00000.jsonl"},
    {"train": "train-00000-of-00001.jsonl.gz", "test": "test-00000-of-00001.jsonl.gz"},
])  # fmt: skip
def test_other_folders_of_tables(tmp_path: Path, files: dict[str, str]) -> None:
    written(tmp_path / "README.md", "# films\n")
    for name in files.values():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".parquet"):
            parquet(path, ROWS)
        elif name.endswith(".csv"):
            tiny.table(path, ROWS)
        elif name.endswith(".json"):
            written(path, json.dumps(ROWS))
        else:
            content = "".join(f"{json.dumps(row)}\n" for row in ROWS).encode()
            written(path, gzip.compress(content) if name.endswith(".gz") else content)
    found = splits(tmp_path)
    assert pairs(found.train) == pairs(found.test) == FOUR
    assert recognise(tmp_path).data["source"] == str(tmp_path)


def test_parts_that_are_not_there_are_counted(tmp_path: Path) -> None:
    parquet(tmp_path / "data/train-00000-of-00003.parquet", ROWS)
    assert any("2 parts of train are not there" in note for note in splits(tmp_path).notes)


def test_several_configurations(tmp_path: Path) -> None:
    for name in ("en", "de"):
        parquet(tmp_path / name / "train-00000-of-00001.parquet", [{**row, "text": name} for row in ROWS])
    said = mistake(Data(source=str(tmp_path)))
    assert "data.source" in said
    assert "has several configurations: name one as data.subset: de, en" in said
    assert pairs(splits(tmp_path, subset="de").train)[0] == ("de", "good")


def test_parts_with_bad_rows_and_by_a_pattern(tmp_path: Path) -> None:
    tiny.table(tmp_path / "a-1.csv", [*ROWS[:2], {"text": "", "label": ""}])
    tiny.table(tmp_path / "a-2.csv", [{"text": "e", "label": ""}, *ROWS[2:]])
    found = splits(tmp_path / "a-*.csv", missing_labels="skip")
    assert pairs(found.train) == FOUR
    assert ids(found.train) == ["1", "2", "5", "6"]
    assert len(found.skipped) == 1


TALK: list[Row] = [
    {"id": number, "translation": {"en": text, "de": text[::-1]}, "meta": {"split": "ab"[number % 2]}}
    for number, (text, _) in enumerate(FOUR)
]


def stored(folder: Path, form: str, rows: Sequence[Row]) -> str:
    if form == "parquet":
        return parquet(folder / "a.parquet", rows)
    if form == "json":
        return written(folder / "a.json", json.dumps(rows))
    return str(tiny.jsonl(folder / "a.jsonl", rows))


@pytest.mark.parametrize("form", ["jsonl", "json", "parquet"])
def test_fields_within_fields(tmp_path: Path, form: str) -> None:
    path = stored(tmp_path, form, TALK)
    found = splits(path, "text", text="translation.en", target="translation.de", keep=("meta.split",))
    assert not any("not read: translation" in note for note in found.notes)
    assert pairs(found.train) == [(text, text[::-1]) for text, _ in FOUR]
    assert found.train[1].attributes == {"meta.split": "b"}
    parts = splits(path, "text", text="translation.en", target="translation.de", test="meta.split == b")
    assert (len(parts.train), len(parts.test or ())) == (2, 2)
    said = mistake(Data(train=path, text="translation.eng"), wants="text")
    assert (
        "has no column 'translation.eng'. Did you mean 'translation.en'? It has: id, translation, meta,"
        in said
    )
    said = mistake(Data(train=path, text="translation", target="translation.de"), wants="text")
    assert "is a dict, not a text; name one of its fields: translation.en, translation.de" in said
    init = recognise(Path(stored(tmp_path, form, [{"translation": row["translation"]} for row in TALK])))
    assert (init.task, init.data["text"], init.data["target"]) == (
        "translation",
        "translation.en",
        "translation.de",
    )


@pytest.mark.parametrize("form", ["jsonl", "json", "parquet"])
def test_items_of_lists_within_fields(tmp_path: Path, form: str) -> None:
    rows = [
        {"question": text, "answers": {"text": [f"to {text}", "or"], "start": [1, 2]}} for text, _ in FOUR
    ]
    path = stored(tmp_path, form, rows)
    found = splits(path, "text", text="question", target="answers.text.0")
    assert pairs(found.train)[1] == ("b, film", "to b, film")
    said = mistake(Data(train=path, text="question", target="answers.text"), wants="text")
    assert "is a list, not a text; answers.text.0 names the first of the list" in said


def test_labels_and_images_within_fields(tmp_path: Path) -> None:
    rows = [{"data": {"text": text}, "mark": {"class": label}} for text, label in FOUR]
    path = tiny.jsonl(tmp_path / "a.jsonl", rows)
    assert pairs(splits(path, text="data.text", label="mark.class").train) == FOUR
    new = open_unlabelled((TEXT,), [], path, Data(text="data.text", label="mark.class"))
    assert new[1].inputs["text"] == "b, film"
    image = tiny.image(tmp_path / "a.png").name
    pictures = tiny.jsonl(tmp_path / "b.jsonl", [{"file": {"name": image}, "label": n} for n in "xyxy"])
    data = Data(train=str(pictures), image="file.name", val=0.0)
    found = open_splits(data, inputs=(IMAGE,), wants="category", seed=0, places={})
    assert found.train[0].inputs["image"] == tmp_path / "a.png"


def test_a_column_of_the_very_name_comes_first(tmp_path: Path) -> None:
    rows = [{"a": {"b": "inner"}, "a.b": text, "label": label} for text, label in FOUR]
    assert pairs(splits(tiny.jsonl(tmp_path / "a.jsonl", rows), text="a.b").train) == FOUR


def test_keys_that_the_first_object_lacks(tmp_path: Path) -> None:
    path = tiny.jsonl(tmp_path / "a.jsonl", [{"text": "a"}, *ROWS])
    assert pairs(splits(path, missing_labels="skip").train) == FOUR
