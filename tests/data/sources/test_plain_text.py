"""Plain texts: what a text is, where it is found, and which keys a source of them reads."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import TEXT
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import Splits, open_split, open_splits
from ftcli.errors import ConfigError, DataError
from tests.tiny import data as tiny
from tests.tiny.prose import lines, paragraphs, sentences


def opened(**keys: Any) -> Splits:
    return open_splits(Data(**keys), inputs=(TEXT,), wants="tokens", seed=0, places={"data": "x.yaml:2"})


def texts(splits: Splits, name: str = "train") -> list[str]:
    split = getattr(splits, name)
    return [split[index].inputs["text"] for index in range(len(split))]


def test_lines_and_paragraphs_are_told_apart(tmp_path: Path) -> None:
    splits = opened(train=str(lines(tmp_path / "a.txt", 4)), val=0.0)
    assert texts(splits) == sentences(4)
    assert (splits.target.kind, splits.target.examples, splits.train[0].target) == ("tokens", 4, True)
    assert any("4 texts: each line, as no blank lines part them" in note for note in splits.notes)
    path = paragraphs(tmp_path / "b.txt", 4)
    assert texts(opened(train=str(path), val=0.0)) == ["\n".join(sentences(4)[n : n + 2]) for n in (0, 2)]
    assert texts(opened(train=str(path), val=0.0, documents="line")) == sentences(4)
    assert texts(opened(train=str(path), val=0.0, documents="file")) == [path.read_text().strip()]


def test_marks_blank_lines_and_line_ends_of_windows_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeff\r\nç'est\r\n bon \r\n\r\n\r\nfin".encode())
    assert texts(opened(train=str(path), val=0.0)) == ["ç'est\r\n bon", "fin"]
    assert texts(opened(train=str(path), val=0.0, documents="line")) == ["ç'est", "bon", "fin"]


def test_a_folder_has_a_text_in_each_file(tmp_path: Path) -> None:
    lines(tmp_path / "books" / "two.txt", 2)
    lines(tmp_path / "books" / "old" / "one.txt", 1)
    (tmp_path / "books" / "cover.png").write_bytes(b"x")
    splits = opened(train=str(tmp_path / "books"), val=0.0)
    assert texts(splits) == [sentences(1)[0], "\n".join(sentences(2))]
    assert [splits.train[n].id for n in range(2)] == ["old/one.txt", "two.txt"]
    assert any("not read: .png (1)" in note for note in splits.notes)
    assert texts(opened(train=str(tmp_path / "books"), val=0.0, documents="line")) == [
        sentences(1)[0],
        *sentences(2),
    ]


@pytest.mark.parametrize("name", ["{}.txt", "{}/a.txt"])
def test_a_folder_may_have_the_splits(tmp_path: Path, name: str) -> None:
    for split, size in {"train": 6, "valid": 3, "test": 2}.items():
        lines(tmp_path / name.format(split), size)
    splits = opened(source=str(tmp_path), documents="line")
    assert [len(texts(splits, split)) for split in ("train", "val", "test")] == [6, 3, 2]
    other = open_split(
        Data(source=str(tmp_path)), "test" + ".txt" * ("/" not in name), inputs=(TEXT,), wants="tokens",
        target=splits.target, places={},
    )  # fmt: skip
    assert other[0].inputs["text"].startswith(sentences(1)[0])


def test_a_split_goes_to_other_processes(tmp_path: Path) -> None:
    train = opened(train=str(lines(tmp_path / "a.txt", 4)), val=0.0).train
    assert pickle.loads(pickle.dumps(train))[3] == train[3]


def test_a_file_that_changes_is_noticed(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.txt", 4)
    train = opened(train=str(path), val=0.0).train
    lines(path, 5)
    with pytest.raises(DataError, match="was changed while it was in use"):
        train[0]


def test_a_table_has_a_column_of_texts_and_others_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a film\t\nb film\t1\n")  # the label of the first is missing
    splits = opened(train=str(path), columns=("text", "label"), val=0.0)
    assert texts(splits) == ["a film", "b film"]
    assert splits.train[0].inputs.keys() == {"text"}


def test_pairs_of_texts_are_not_guessed(tmp_path: Path) -> None:
    path = tiny.jsonl(tmp_path / "a.jsonl", [{"sentence1": "a", "text": "b", "sentence2": "c"}])
    assert dict(opened(train=str(path), val=0.0).train[0].inputs) == {"text": "b"}


def test_a_prompt_has_an_answer(tmp_path: Path) -> None:
    rows = [{"question": f"{n} + 1?", "answer": n + 1} for n in range(3)]
    splits = opened(
        train=str(tiny.jsonl(tmp_path / "a.jsonl", rows)), text="question", target="answer", val=0.0
    )
    assert splits.train[2].inputs == {"text": "2 + 1?", "target": "3"}
    assert splits.train[2].target is True


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"label": "label"},
            "is for classes, numbers and tags, and this task learns the texts themselves",
        ),
        ({"text_pair": "b"}, "has no meaning here, as this task learns the texts themselves"),
        ({"quoting": False}, r"has no meaning for .*a.txt \(plain text\)"),
    ],
)
def test_keys_without_a_meaning_are_refused(tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        opened(train=str(lines(tmp_path / "a.txt")), **keys)


def test_texts_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "blank.txt").write_text(" \n\n")
    (tmp_path / "latin.txt").write_bytes(b"a\nd\xe9j\xe0\n")
    with pytest.raises(DataError, match=r"blank.txt has no text in it"):
        opened(train=str(tmp_path / "blank.txt"))
    with pytest.raises(DataError, match=r"latin.txt:2: the text is not UTF-8"):
        opened(train=str(tmp_path / "latin.txt"))
    with pytest.raises(DataError, match="digits has classes, and this task learns the texts"):
        opened(source="digits")
    tiny.class_folders(tmp_path / "photos")
    with pytest.raises(DataError, match="holds images, and this task reads texts"):
        opened(source=str(tmp_path / "photos"))


def test_plain_texts_are_recognised(tmp_path: Path) -> None:
    found = recognise(lines(tmp_path / "one" / "tales.txt"))
    assert (found.modality.name, found.kind.wanted, found.data) == (
        "text",
        "tokens",
        {"train": str(tmp_path / "one/tales.txt")},
    )
    for split in ("train", "dev"):
        lines(tmp_path / "two" / f"{split}.txt")
    assert recognise(tmp_path / "two").sizes == {"train": 24, "val": 24}
    assert recognise(tmp_path / "two" / "train.txt").data["val"] == str(tmp_path / "two" / "dev.txt")
    assert recognise(tmp_path / "one").kind.wanted == "tokens"
    rows = [{"text": row["text"], "label": row["label"]} for row in tiny.reviews(20)]
    assert recognise(tiny.table(tmp_path / "table.txt", rows)).kind.wanted == "category"
    tiny.class_folders(tmp_path / "photos")
    lines(tmp_path / "photos" / "README.txt")
    assert recognise(tmp_path / "photos").modality.name == "image"
