"""Rows as people have them: CSV of other programs and of spreadsheets, JSON documents, Parquet, folders of the hub."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Split
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import Splits, open_split, open_splits
from ftcli.data.unlabelled import open_unlabelled
from tests.data.opening import ids, mistake, opened
from tests.running import Command
from tests.tiny import data as tiny

Row = Mapping[str, Any]
FOUR = [("a film", "good"), ("b, film", "bad"), ("c film", "good"), ("d film", "bad")]
ROWS: list[Row] = [{"text": text, "label": label} for text, label in FOUR]
WHOLE = Data(val=0.0)
HUGGING_FACE = {
    "text": {"dtype": "string", "_type": "Value"},
    "label": {"names": ["bad", "good"], "_type": "ClassLabel"},
}


def written(path: Path, content: str | bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def splits(source: str | Path, wants: str = "category", **keys: Any) -> Splits:
    key = "source" if Path(source).is_dir() else "train"
    return opened(replace(WHOLE, **{key: str(source), **keys}), wants=wants)


def pairs(split: Split | None) -> list[tuple[Any, Any]]:
    assert split is not None
    return [(one.inputs["text"], one.target) for one in map(split.__getitem__, range(len(split)))]


def parquet(path: Path, rows: Sequence[Row], features: Any = None, *, categories: Sequence[str] = ()) -> str:
    """A Parquet file in two row groups, written one after the other as from a loop over files."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.Table.from_pylist(list(rows)).schema
    for name in categories:
        index = schema.get_field_index(name)
        kind = schema.field(index).type
        packed = pa.dictionary(pa.int8(), pa.string())
        schema = schema.set(index, pa.field(name, pa.list_(packed) if pa.types.is_list(kind) else packed))
    if features is not None:
        schema = schema.with_metadata({b"huggingface": json.dumps({"info": {"features": features}})})
    with ParquetWriter(path, schema) as writer:
        for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
            table = pa.Table.from_pylist(list(half))
            writer.write_table(table.cast(schema).replace_schema_metadata(schema.metadata))
    return str(path)


# ------------------------------------------------------------------------------------------------ delimited files


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_quotes_in_quotes_after_a_backslash(tmp_path: Path, delimiter: str) -> None:
    lines = [
        f'"he said \\"{number}{delimiter} no\\", C:\\new \\\\"{delimiter}{"xy"[number % 2]}\r\n'
        for number in range(6)
    ]
    path = written(tmp_path / "a.csv", f"text{delimiter}label\r\n{''.join(lines)}")
    found = splits(path)
    assert pairs(found.train)[1] == (f'he said "1{delimiter} no", C:\\new \\', "y")
    assert any("stands before 18 quotes within values (data.escape)" in note for note in found.notes)
    data = recognise(Path(path)).data
    assert (data["escape"], "quoting" in data) == ("\\", False)
    given: Any = {**data, "val": 0.0}
    assert pairs(opened(Data(**given)).train) == pairs(found.train)


def test_an_escape_that_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'text,label\n"a ^"b^"",x\n"c^^",y\n')
    assert pairs(splits(path, escape="^").train) == [('a "b"', "x"), ("c^", "y")]
    assert "data.escape: is 'ab': one character is wanted" in mistake(Data(train=path, escape="ab"))


def test_a_backslash_at_the_end_of_a_value_is_none_before_a_quote(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'text,label\n"C:\\",x\n"a ""b""",y\n')
    found = splits(path)
    assert pairs(found.train) == [("C:\\", "x"), ('a "b"', "y")]
    assert not any("escape" in note for note in found.notes)


def test_an_escape_that_comes_late_is_named_in_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ftcli.data.formats.dialect.SAMPLE_LINES", 3)
    path = written(tmp_path / "a.csv", 'text,label\n"a",x\n"b",y\n"c \\"d\\", e",y\n')
    assert r"a.csv:4: this row cannot be split into columns" in mistake(Data(train=path))
    assert "write escape: '\\'" in mistake(Data(train=path))


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_another_separator_is_found_by_training_as_by_init(tmp_path: Path, mark: str) -> None:
    lines = [f"{text}{mark}{label}\n" for text, label in FOUR]
    path = written(tmp_path / "a.csv", f"text{mark}label\n{''.join(lines)}")
    found = splits(path)
    assert pairs(found.train) == FOUR
    assert any("separates its columns (data.delimiter)" in note for note in found.notes)
    assert recognise(Path(path)).data["delimiter"] == mark
    new = open_unlabelled((TEXT,), [], path, Data())
    assert [new[index].inputs["text"] for index in range(len(new))] == [text for text, _ in FOUR]


def test_a_table_of_one_column_is_not_split(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "text\na; b\nc; d\n")
    assert pairs(splits(path, wants="tokens", text="text").train) == [("a; b", True), ("c; d", True)]


def test_a_first_line_that_names_the_separator(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "\ufeffsep=;\r\ntext;label\r\na, b;x\r\nc;y\r\n")
    assert pairs(splits(path).train) == [("a, b", "x"), ("c", "y")]
    path = written(
        tmp_path / "b.csv", "sep=;\ntext;label\n" + "".join(f"film, {n};{n % 2}\n" for n in range(9))
    )
    assert (recognise(Path(path)).data["delimiter"], recognise(Path(path)).classes) == (";", ("0", "1"))


@pytest.mark.parametrize("end", ["", ",,", "\r\n,\r\n,\r\n", '\r\n"",""\r\n \r\n'])
def test_blank_rows_of_a_spreadsheet_are_not_examples(tmp_path: Path, end: str) -> None:
    body = "text,label\r\na,x\r\n,\r\nb,y\r\n , \r\nc,y"
    found = splits(written(tmp_path / "a.csv", body + end))
    assert pairs(found.train) == [("a", "x"), ("b", "y"), ("c", "y")]
    assert ids(found.train) == ["1", "3", "5"]
    assert any("rows with nothing but empty cells are left out" in note for note in found.notes)
    assert found.skipped == ()


def test_blank_rows_of_other_formats(tmp_path: Path) -> None:
    blank = {"text": None, "label": ""}
    lines = tiny.jsonl(tmp_path / "a.jsonl", [ROWS[0], blank, {}, ROWS[1]])
    stored = parquet(
        tmp_path / "a.parquet", [{**ROWS[0], "id": 1}, {**blank, "id": None}, {**ROWS[1], "id": 2}]
    )
    for path, count in ((lines, "2 rows"), (stored, "1 row")):
        found = splits(path)
        assert pairs(found.train) == FOUR[:2]
        assert any(f"{count} with nothing but empty cells" in note for note in found.notes)


def test_a_row_with_something_in_a_column_without_a_role_is_not_blank(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "id": 1}, {"text": None, "label": None, "id": 2}, {**ROWS[1], "id": 3}]
    for path in (parquet(tmp_path / "a.parquet", rows), str(tiny.jsonl(tmp_path / "a.jsonl", rows))):
        assert ":" in mistake(Data(train=path))
        assert "the label in column 'label' is missing" in mistake(Data(train=path))


def test_blank_rows_are_counted_by_predict_and_eval(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "text,label\na,x\n,\nb,y\n")
    new = open_unlabelled((TEXT,), [], path, Data())
    assert (ids(new), "1 row with nothing but empty cells is left out" in new.notes[0]) == (["1", "3"], True)
    found = splits(path)
    again = open_split(WHOLE, path, inputs=(TEXT,), wants="category", target=found.target, places={})
    assert (len(again), any("1 row with nothing" in note for note in again.notes)) == (2, True)


def test_empty_texts_of_a_table_with_one_column_stay(tmp_path: Path) -> None:
    lines = tiny.jsonl(tmp_path / "a.jsonl", [{"text": "a"}, {"text": ""}, {"text": "b"}])
    assert len(splits(lines, wants="tokens").train) == 3


@pytest.mark.parametrize("header", ["text,label,,,", ",text,label,,", "text,,label"])
def test_columns_without_name_and_content_are_left_out(tmp_path: Path, header: str) -> None:
    wide = header.split(",")
    lines = [
        ",".join({"text": f'"{text}"', "label": label}.get(name, "") for name in wide) for text, label in FOUR
    ]
    path = Path(written(tmp_path / "a.csv", "\r\n".join([header, *lines])))
    assert pairs(splits(path).train) == FOUR
    assert dict(recognise(path).data) == {"train": str(path), "text": "text", "label": "label"}


def test_a_column_without_name_is_called_by_its_number(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ",text,label,\n0,a,x,see\n1,b,y,\n")
    assert pairs(splits(path).train) == [("a", "x"), ("b", "y")]
    assert splits(path, keep=("column_4",)).train[0].attributes == {"column_4": "see"}


def test_rows_with_more_or_fewer_empty_cells_at_their_end(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "text,label,remark\na,x,,,\nb,y\nc,y,good\n")
    found = splits(path)
    assert pairs(found.train) == [("a", "x"), ("b", "y"), ("c", "y")]
    assert any("1 rows leave out unused columns" in note for note in found.notes)
    path = written(tmp_path / "b.csv", "text,label\na,x,more\nb,y\n")
    assert "b.csv:2: this row has 3 columns" in mistake(Data(train=path))


def test_names_of_the_columns_that_come_again_are_not_an_example(tmp_path: Path) -> None:
    one = "\ufefftext,label\na,x\nb,y\n"
    found = splits(written(tmp_path / "a.csv", one + one))
    assert pairs(found.train) == [("a", "x"), ("b", "y")] * 2
    assert any("1 row with the names of the columns again is left out" in note for note in found.notes)


# ------------------------------------------------------------------------------------------------- missing labels


def unlabelled(folder: Path, form: str) -> str:
    """Four rows, of which the second and the third have no label."""
    rows: list[Row] = [ROWS[0], {**ROWS[1], "label": None}, {**ROWS[2], "label": ""}, ROWS[3]]
    if form == "csv":
        return str(tiny.table(folder / "a.csv", rows))
    if form == "jsonl":
        return str(tiny.jsonl(folder / "a.jsonl", [rows[0], {"text": rows[1]["text"]}, *rows[2:]]))
    if form == "json":
        return written(folder / "a.json", json.dumps(rows))
    return parquet(folder / "a.parquet", rows)


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet"])
def test_rows_without_a_label(tmp_path: Path, form: str) -> None:
    path = unlabelled(tmp_path, form)
    said = mistake(Data(train=path))
    assert f"2 of the 4 rows of {path} have no label. data.missing_labels: skip leaves them out" in said
    assert len(said.splitlines()) == 3
    found = splits(path, missing_labels="skip")
    assert (pairs(found.train), ids(found.train)) == ([FOUR[0], FOUR[3]], ["1", "4"])
    assert len(found.skipped) == 2
    assert any("2 of the 4 rows" in note and "skipped.txt" in note for note in found.notes)


def test_rows_without_one_of_several_labels(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"text": "a", "label": ["x", "y"]},
        {"text": "b", "label": None},
        {"text": "c", "label": []},
    ]
    path = tiny.jsonl(tmp_path / "a.jsonl", rows)
    assert "a.jsonl:2: the label in column 'label' is missing" in mistake(Data(train=str(path)))
    labels = [target for _, target in pairs(splits(path, missing_labels="empty").train)]
    assert labels == [("x", "y"), (), ()]
    assert [text for text, _ in pairs(splits(path, missing_labels="skip").train)] == ["a", "c"]
    table = written(tmp_path / "a.csv", "text,label\na,x|y\nb,\nc,y\n")
    assert len(splits(table, label_separator="|").train) == 3
    assert len(splits(table, label_separator="|", missing_labels="skip").train) == 2


def test_examples_of_no_class_need_a_task_that_has_them(tmp_path: Path) -> None:
    path = unlabelled(tmp_path, "csv")
    assert "a.csv:3: the label in column 'label' is empty" in mistake(
        Data(train=path, missing_labels="empty")
    )
    assert "is for several labels" in mistake(Data(train=path, missing_labels="empty"))
    numbers = written(tmp_path / "b.csv", "text,label\na,1\nb,\nc,2\n")
    said = mistake(Data(train=numbers, missing_labels="empty"), wants="number")
    assert "data.missing_labels: empty is for examples that may have any number of classes" in said
    assert pairs(splits(numbers, wants="number", missing_labels="skip").train) == [("a", 1.0), ("c", 2.0)]
    assert "b.csv:3: the label in column 'label' is empty" in mistake(Data(train=numbers), wants="number")


def test_texts_to_write_that_are_empty(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "text,target\na,x\nb,\n")
    assert len(splits(path, wants="text").train) == 2
    found = splits(path, wants="text", missing_labels="skip")
    assert (pairs(found.train), len(found.skipped)) == ([("a", "x")], 1)


def test_what_has_no_label_is_in_the_run(ftcli: Command) -> None:
    rows = [*tiny.reviews(12), {"text": "without", "label": ""}]
    tiny.table(Path("a.csv"), rows)
    model = "{backbone: bert, config: {hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 1, "
    model += "intermediate_size: 8}, tokenizer: {kind: characters}}"
    Path("x.yaml").write_text(
        f"task: text-classification\ndata: {{train: a.csv, missing_labels: skip}}\nmodel: {model}\n"
        "training: {epochs: 1, device: cpu}\n"
    )
    shown = ftcli.ok("train", "x.yaml")
    assert "1 of the 13 rows of a.csv have no label and are left out" in " ".join(shown.split())
    assert Path("runs/x/skipped.txt").read_text().startswith("a.csv:14: the label in column 'label' is empty")
    assert "left out: 1 example of this run's data" in ftcli.ok("eval", "runs/x")


def test_an_empty_path_is_a_bad_file(tmp_path: Path) -> None:
    table = tiny.image_table(tmp_path / "a.csv")
    table.write_text(table.read_text() + ",red\n")
    data = Data(train=str(table))
    assert "a.csv:10: the image in column 'image' is empty" in mistake(data, "image")
    found = open_splits(replace(data, bad_files="skip"), inputs=(IMAGE,), wants="category", seed=0, places={})
    assert len(found.skipped) == 1


# ---------------------------------------------------------------------------------------------------------- JSON

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


# ------------------------------------------------------------------------------------------------------- Parquet


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


# ------------------------------------------------------------------------------------------- folders of the hub


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


# ------------------------------------------------------------------------------------------ fields within fields

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
