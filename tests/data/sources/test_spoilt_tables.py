"""Tables as people have them: each gives exactly its texts and labels, or an answer with the file, row and column."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import TEXT
from ftcli.data.splits import open_splits
from ftcli.errors import DataError

Make = Callable[[Path], object]  # writes the table
Rows = list[tuple[str, Any]]  # text and label of each example
GOOD: Rows = [("a film", "good"), ("b film", "bad")]
PLAIN = "text,label\na film,good\nb film,bad\n"
KEYS = {
    "data": "x.yaml:2",
    "data.train": "x.yaml:3",
    "data.label": "x.yaml:4",
    "data.class_names": "x.yaml:5",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A table of `content`, or one that a function makes, and what comes of it: its examples, or what is said."""

    name: str
    content: str | bytes | Make
    wanted: Rows | tuple[str, ...]
    file: str = "t.csv"
    wants: str = "category"
    keys: tuple[tuple[str, Any], ...] = ()

    def write(self, path: Path) -> None:
        if callable(self.content):
            self.content(path)
        else:
            path.write_bytes(self.content if isinstance(self.content, bytes) else self.content.encode())


def rows(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("text,label", *lines))


def objects(*lines: str | dict[str, Any]) -> str:
    return "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)


def parquet(text: list[Any], label: list[Any] | None, *more: list[Any]) -> Make:
    """Columns text and label, and more called label."""

    def make(path: Path) -> None:
        import pyarrow as pa
        from pyarrow.parquet import write_table

        columns = [text, *([label] if label is not None else []), *more]
        names = ["text", "label", "label"][: len(columns)]
        write_table(pa.Table.from_arrays([pa.array(column) for column in columns], names), path)

    return make


def spoilt(make: Make, spoil: Callable[[bytes], bytes]) -> Make:
    """Other bytes than those that were written."""

    def both(path: Path) -> None:
        make(path)
        path.write_bytes(spoil(path.read_bytes()))

    return both


def not_utf8(path: Path) -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    bad = pa.Array.from_buffers(pa.string(), 2, pa.array([b"a\xff", b"b"]).buffers())
    write_table(pa.table({"text": bad, "label": ["x", "y"]}), path)


NAMES = (("class_names", ("x", "y")),)
LONG = parquet([f"text {number}" for number in range(3000)], ["x", "y", "z"] * 1000)
AWKWARD = ("NA", "null", "None", "true", "1.0", "nan", "NULL", "N/A", "-1", "010", "1e3", "no", "#", "~")
DELIMITED = [
    Case("as it should be", PLAIN, GOOD),
    Case("lines that end in CR LF", PLAIN.replace("\n", "\r\n"), GOOD),
    Case("a byte order mark", b"\xef\xbb\xbf" + PLAIN.encode(), GOOD),
    Case("no end of the last line", PLAIN.rstrip(), GOOD),
    Case("blank lines", PLAIN.replace("\n", "\n\n"), GOOD),
    Case("names with spaces around them", PLAIN.replace("text,label", " text , label "), GOOD),
    Case("a newline in quotes", rows('"a\nfilm",good', "b,bad"), [("a\nfilm", "good"), ("b", "bad")]),
    Case("a separator in quotes", rows('"a, film",good', "b,bad"), [("a, film", "good"), ("b", "bad")]),
    Case("quotes in quotes", rows('"""a"" film",good', "b,bad"), [('"a" film', "good"), ("b", "bad")]),
    Case("a huge field", rows(f"{'x' * 10**6},good", "b,bad"), [("x" * 10**6, "good"), ("b", "bad")]),
    Case("other scripts", rows("好电影,好", "плохо,да"), [("好电影", "好"), ("плохо", "да")]),
    *(Case(f"a class called {name}", rows(f"a,{name}", "b,other"), [("a", name), ("b", "other")])
      for name in AWKWARD),
    Case("packed", lambda path: path.write_bytes(gzip.compress(PLAIN.encode())), GOOD, "t.csv.gz"),
    Case("lines that end in CR", PLAIN.replace("\n", "\r"), GOOD),
    Case("a bad line among those that end in CR", PLAIN.replace("\n", "\r") + "c\r", ("t.csv:4: this row has 1 col",)),
    Case("cp1252", PLAIN.encode() + b"caf\xe9,good\n",
        ("t.csv:4: the text is not UTF-8 (byte 0xe9 at character 4)",)),
    Case("UTF-16", PLAIN.encode("utf-16"), ("t.csv:1: the text looks like UTF-16", "save the file as UTF-8")),
    Case("UTF-16 without a mark", PLAIN.encode("utf-16-le"), ("t.csv:1: the text looks like UTF-16",)),
    Case("UTF-32", PLAIN.encode("utf-32"), ("t.csv:1: the text looks like UTF-16", "save the file as UTF-8")),
    Case("a zero byte", rows("a,good", "b\0,bad"), ("t.csv:3: byte 0x00 at character 2", "damaged")),
    Case("a tail of zeros", PLAIN.encode() + bytes(5000), ("t.csv:4: byte 0x00 at character 1", "damaged")),
    Case("a cell too many", rows("a,good", "b,bad,c"), ("t.csv:3: this row has 3 columns", "first line has 2")),
    Case("a cell too few", rows("a,good", "b"), ("t.csv:3: this row has 1 columns", "the first line has 2")),
    Case("an open quote", rows("a,good", '"b,bad'), ("t.csv:3: this row cannot be split", "quoting: false")),
    Case("semicolons", PLAIN.replace(",", ";"), GOOD),
    Case("tabs", PLAIN.replace(",", "\t"), GOOD),
    Case("no header line", PLAIN.split("\n", 1)[1], ("x.yaml:2: data.text", "If it has no header line")),
    Case("a name twice", rows("a,b").replace("text", "label"), ("t.csv: more than one column is called 'label'",)),
    Case("no label column", "text,topic\na,b\nc,d\n", ("x.yaml:4: data.label: t.csv has no column 'label'",),
        keys=(("label", "label"),)),
    Case("a blank label", rows("a,good", "b, "), ("t.csv:3: the label in column 'label' is empty",)),
    Case("nothing", "", ("t.csv is empty",)),
    Case("blank lines alone", "\n\n\n", ("t.csv is empty",)),
    Case("a header alone", rows(), ("t.csv has no rows",)),
    Case("one row", rows("a,good"), ("t.csv: the training split has only one class, 'good'",)),
    Case("one class", rows(*["a,good"] * 9), ("t.csv: the training split has only one class, 'good'",)),
    Case("numbers with names", rows("a,0", "b,1"), [("a", "x"), ("b", "y")], keys=NAMES),
    *(Case(f"{cell} where 0 and 1 have names", rows("a,0", f"b,{cell}"),
        ("x.yaml:5: data.class_names: t.csv:3: label", f"'{cell}' is not one of 0..1"), keys=NAMES)
      for cell in ("-1", "2", "0.5", "nan")),
    Case("1.0 where 0 and 1 have names", rows("a,0", "b,1.0"), [("a", "x"), ("b", "y")], keys=NAMES),
    Case("one number", rows("a,1.5"), ("t.csv: all 1 labels are 1.5: nothing to learn",), wants="number"),
    Case("numbers", rows("a,1.5", "b,-2e3"), [("a", 1.5), ("b", -2000.0)], wants="number"),
    *(Case(f"{cell!r} for a number", rows("a,1.5", f'b,"{cell}"'), ("t.csv:3: the label in column 'label' is", said),
        wants="number")
      for cell, said in (("x", "not a number"), ("nan", "not a finite number"), ("inf", "not a finite number"),
        ("", "is empty"), ("2,5", "not a number"), ("1_0", "not a number"), ("1e999", "not a finite number"),
        ("1e308", "at most 1e+30 can be learned"))),
    Case("gzip that is cut off", lambda path: path.write_bytes(gzip.compress(PLAIN.encode() * 99)[:-9]),
        ("t.csv.gz cannot be unpacked",), "t.csv.gz"),
    Case("no gzip", PLAIN, ("t.csv.gz cannot be unpacked: it is not a complete gzip file",), "t.csv.gz"),
    Case("a folder", lambda path: path.mkdir(), ("t.csv (a folder of class folders) holds images",)),
    Case("a pipe", os.mkfifo, ("x.yaml:3: data.train: t.csv is a pipe or a device",)),
    Case("a device", lambda path: path.symlink_to("/dev/zero"),
        ("x.yaml:3: data.train: t.csv is a pipe or a device",)),
    Case("a link to itself", lambda path: path.symlink_to(path), ("x.yaml:3: data.train: no such file",)),
    Case("no file", lambda path: None, ("x.yaml:3: data.train: no such file or folder",)),
    Case("a workbook", b"PK\3\4",
        ("x.yaml:3: data.train: t.xlsx: files that end in '.xlsx' are not read",), "t.xlsx"),
]  # fmt: skip
FIRST, SECOND = {"text": "a film", "label": "good"}, {"text": "b film", "label": "bad"}
JSON = [
    Case("as it should be", objects(FIRST, SECOND), GOOD),
    Case("a byte order mark", b"\xef\xbb\xbf" + objects(FIRST, SECOND).encode(), GOOD),
    Case("more keys in one line", objects({**FIRST, "more": 1}, SECOND), GOOD),
    Case("numbers and true for names", objects({"text": 5, "label": 1}, {"text": None, "label": True}),
        [("5", "1"), ("", "true")]),
    Case("characters of two halves", objects({"text": "😀", "label": "x"}, SECOND), [("😀", "x"), GOOD[1]]),
    Case("half a character", objects(FIRST, r'{"text": "b\ud83d", "label": "x"}'), (r"t.jsonl:2: \ud83d is half",)),
    Case("a key twice", objects(FIRST, '{"text": "b", "label": "x", "label": "y"}'),
        ("t.jsonl:2: not JSON: the key 'label' is given twice",)),
    Case("a line that is cut off", objects(FIRST) + '{"text": "b", "la', ("t.jsonl:2: not JSON",)),
    Case("very deep", objects(FIRST, '{"text": ' + "[" * 10**5), ("t.jsonl:2: not JSON",)),
    Case("no object", objects(FIRST, "5"), ("t.jsonl:2: a JSON int, where an object",)),
    Case("one list of all", json.dumps([FIRST, SECOND]), GOOD),
    Case("latin-1", objects(FIRST).encode() + b'{"text": "\xe9", "label": "x"}\n',
        ("t.jsonl:2: the text is not UTF-8",)),
    Case("no key", objects(FIRST, {"text": "b"}), ("t.jsonl:2: no key 'label'; it has: text",)),
    Case("null for a label", objects(FIRST, {**SECOND, "label": None}),
        ("t.jsonl:2: the label in column 'label' is miss",)),
    Case("NaN for a label", objects(FIRST, {**SECOND, "label": float("nan")}),
        ("t.jsonl:2: the label in column 'label'",)),
    Case("a list for one label", objects(FIRST, {**SECOND, "label": ["x"]}),
        ('t.jsonl:2: the label in column \'label\' is ["x"]',)),
    Case("a list for a text", objects(FIRST, {**SECOND, "text": ["x"]}),
        ("t.jsonl:2: the text in column 'text' is a list",)),
    *(Case(f"{cell[:9]} for a number", objects({"text": "a", "label": 1}, f'{{"text": "b", "label": {cell}}}'),
        (f"t.jsonl:2: {said}",), wants="number")
      for cell, said in (("true", "the label in column 'label' is True"), ("NaN", "the label in column 'label' is nan"),
        ("9" * 400, "the label in column 'label' is 999"), ("9" * 5000, "not JSON"), ('"x"', "the label in column"))),
    Case("a pipe", os.mkfifo, ("x.yaml:3: data.train: t.jsonl is a pipe",)),
]  # fmt: skip
PARQUET = [
    Case("as it should be", parquet(["a film", "b film"], ["good", "bad"]), GOOD),
    Case("whole numbers that became floats", parquet(["a", "b"], [0.0, 1.0]), [("a", "0"), ("b", "1")]),
    Case("NaN for a label", parquet(["a", "b"], [1.0, float("nan")]),
        ("t.parquet: row 2: the label in column 'label'",)),
    Case("null for a label", parquet(["a", "b"], ["x", None]), ("t.parquet: row 2: the label in column 'label'",)),
    Case("bytes for a label", parquet(["a", "b"], [b"x", b"y"]), ("t.parquet: row 1: the label in column 'label'",)),
    Case("bytes for a text", parquet([b"a", b"b"], ["x", "y"]), ("t.parquet: row 1: the text in column 'text'",)),
    Case("a name twice", parquet(["a"], ["x"], ["y"]), ("t.parquet: more than one column is called 'label'",)),
    Case("no label column", parquet(["a", "b"], None), ("x.yaml:4: data.label: no column of t.parquet looks like",)),
    Case("no rows", parquet([], []), ("t.parquet has no rows",)),
    Case("cut off", spoilt(LONG, lambda content: content[: len(content) // 2]), ("t.parquet is not a Parquet file",)),
    Case("a hole", spoilt(LONG, lambda content: content[:500] + bytes(2000) + content[2500:]),
        ("t.parquet: row 1 or soon after it: damaged",)),
    Case("no UTF-8", not_utf8, ("t.parquet: row 1 or soon after it: damaged: 'utf-8' codec can't decode byte 0xff",)),
    Case("a CSV table", PLAIN, ("t.parquet is not a Parquet file",)),
    Case("a pipe", os.mkfifo, ("x.yaml:3: data.train: t.parquet is a pipe",)),
]  # fmt: skip


def check(case: Case, file: str, folder: Path) -> None:
    case.write(folder / file)
    data: Any = {"train": file, "val": 0.0, **dict(case.keys)}
    if isinstance(case.wanted, tuple):
        with pytest.raises(DataError) as caught:
            open_splits(Data(**data), inputs=(TEXT,), wants=case.wants, seed=0, places=KEYS)
        assert [fragment for fragment in case.wanted if fragment not in str(caught.value)] == [], caught.value
        return
    split = open_splits(Data(**data), inputs=(TEXT,), wants=case.wants, seed=0, places=KEYS).train
    assert [
        (one.inputs["text"], one.target) for one in map(split.__getitem__, range(len(split)))
    ] == case.wanted


@pytest.mark.parametrize("case", DELIMITED, ids=lambda case: case.name)
def test_delimited(case: Case, workplace: Path) -> None:
    check(case, case.file, workplace)


@pytest.mark.parametrize("case", JSON, ids=lambda case: case.name)
def test_json_lines(case: Case, workplace: Path) -> None:
    check(case, "t.jsonl", workplace)


@pytest.mark.parametrize("case", PARQUET, ids=lambda case: case.name)
def test_parquet(case: Case, workplace: Path) -> None:
    check(case, "t.parquet", workplace)


@pytest.mark.parametrize("change", ["cut", "longer", "other"])
def test_a_table_that_changes_while_it_is_read_is_noticed(change: str, workplace: Path) -> None:
    """Its file is open by then."""
    path = workplace / "t.csv"
    path.write_text(PLAIN)
    split = open_splits(
        Data(train="t.csv", val=0.0), inputs=(TEXT,), wants="category", seed=0, places={}
    ).train
    assert split[0].inputs["text"] == "a film"
    content = {"cut": PLAIN[:20], "longer": PLAIN * 2, "other": PLAIN.replace("film", "book")}[change]
    path.write_text(content)
    os.utime(path, ns=(1, 1))
    with pytest.raises(DataError, match=r"t\.csv was changed while it was in use: start again"):
        split[1]
