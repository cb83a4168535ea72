"""Rows as people have them: CSV of other programs and of spreadsheets, JSON documents, Parquet, folders of the hub."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import open_split, open_splits
from ftcli.data.unlabelled import open_unlabelled
from tests.data.opening import ids, mistake, opened
from tests.running import Command
from tests.tiny import data as tiny
from tests.user_data.tables import FOUR, ROWS, WHOLE, Row, pairs, parquet, splits, written


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
