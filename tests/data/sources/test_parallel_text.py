"""Two files of lines, and text files that are packed."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Example
from ftcli.contracts.modalities import TEXT
from ftcli.data.sources.parallel_text import both
from ftcli.data.splits import Splits, open_split, open_splits
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError, UserError
from tests.tiny import data as tiny

ENGLISH = ["a man", "two dogs", "", "a red car\r", "it rains"]
GERMAN = ["ein Mann", "zwei Hunde", "nichts", "ein rotes Auto", "es regnet"]


def write(path: Path, lines: list[str], *, last_end: bool = True) -> Path:
    text = "\n".join(lines) + "\n" * last_end
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def pair(folder: Path, ending: str = "", english: list[str] = ENGLISH, german: list[str] = GERMAN) -> str:
    write(folder / f"train.en{ending}", english)
    write(folder / f"train.de{ending}", german, last_end=False)
    return str(folder / ("train.{en,de}" + ending))


def opened(**data: object) -> Splits:
    return open_splits(Data(**data), inputs=(TEXT,), wants="text", seed=0, places={})  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_lines_of_two_files_belong_together(tmp_path: Path, ending: str) -> None:
    splits = opened(train=pair(tmp_path, ending), val=0.0)
    examples = [splits.train[i] for i in range(5)]
    assert examples[0] == Example("1", {"text": "a man"}, "ein Mann")
    assert examples[3] == Example("4", {"text": "a red car"}, "ein rotes Auto")
    assert examples[4].target == "es regnet"  # the last line has no end
    assert splits.target.kind == "text"
    assert splits.target.examples == 5
    assert splits.notes == (f"{tmp_path}/train.{{en,de}}{ending}: 1 line is empty and is kept as empty text",)


def test_a_fraction_of_the_lines_is_for_validation(tmp_path: Path) -> None:
    splits = opened(train=pair(tmp_path), val=0.4)
    assert splits.val is not None
    found = {example.target for part in (splits.train, splits.val) for example in part}  # type: ignore[attr-defined]
    assert (len(splits.train), len(splits.val), found) == (3, 2, set(GERMAN))


def test_different_numbers_of_lines_are_refused_with_both(tmp_path: Path) -> None:
    path = pair(tmp_path, german=GERMAN[:4])
    with pytest.raises(DataError, match=r"train.en has 5 lines and .*train.de has 4"):
        opened(train=path)


def test_the_readers_go_to_other_processes(tmp_path: Path) -> None:
    train = opened(train=pair(tmp_path, ".gz"), val=0.0).train
    assert pickle.loads(pickle.dumps(train))[1] == train[1]


def test_an_unpacked_copy_goes_away_with_its_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    train = opened(train=pair(tmp_path, ".gz"), val=0.0).train
    assert len(list(copies.iterdir())) == 2
    assert train[1].target == "zwei Hunde"
    del train
    assert not list(copies.iterdir())


def test_a_packed_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = pair(tmp_path, ".gz")
    whole = (tmp_path / "train.de.gz").read_bytes()
    (tmp_path / "train.de.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"train.de.gz cannot be unpacked"):
        opened(train=path)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
def test_tables_may_be_packed(tmp_path: Path, name: str) -> None:
    rows = [{"en": en.strip(), "de": de} for en, de in zip(ENGLISH, GERMAN, strict=True)]
    plain = (tiny.jsonl if name.endswith("jsonl") else tiny.table)(tmp_path / name, rows)
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    given = {"text": "en", "target": "de", "val": 0.0}
    one, other = (opened(train=str(path), **given).train for path in (plain, packed))
    assert [one[i] for i in range(5)] == [other[i] for i in range(5)]


def test_a_file_of_one_language_alone_is_refused_with_what_would_be_right(tmp_path: Path) -> None:
    pair(tmp_path)
    with pytest.raises(DataError, match=r"train.de is not a table .*in quotes: 'train.\{en,de\}.gz'"):
        opened(train=str(tmp_path / "train.de"))


def test_a_missing_file_of_the_two_is_named(tmp_path: Path) -> None:
    path = pair(tmp_path)
    (tmp_path / "train.de").unlink()
    with pytest.raises(DataError, match=r"no such file or folder: .*train.de. Did you mean 'train.en'"):
        opened(train=path)


def test_classes_have_no_files_of_lines(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="this task writes no texts"):
        open_splits(Data(train=pair(tmp_path)), inputs=(TEXT,), wants="category", seed=0, places={})


def test_other_lines_are_evaluated_and_predicted(tmp_path: Path) -> None:
    data = Data(train=pair(tmp_path), val=0.0)
    target = opened(train=data.train, val=0.0).target
    other = open_split(data, data.train or "", inputs=(TEXT,), wants="text", target=target, places={})
    assert [other[0].inputs, other[0].target] == [{"text": "a man"}, "ein Mann"]
    for path in (Path(data.train or ""), write(tmp_path / "new.txt", ENGLISH)):
        found = open_unlabelled((TEXT,), [], path, data, "text")
        assert (len(found), found[3]) == (5, Example("4", {"text": "a red car"}))


def test_a_name_with_braces_is_a_file_where_there_is_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.{b,c}.csv", ["text,target", "a,b"])
    assert both(str(path)) is None
    assert both("x/a.{b,c}") == (Path("x/a.b"), Path("x/a.c"))
    assert both("{en,de}/a.txt") == (Path("en/a.txt"), Path("de/a.txt"))
    assert both("a.{b}") is None
