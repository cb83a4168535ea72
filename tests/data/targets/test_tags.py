"""Tagged words: files of columns, lists in tables, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import TEXT
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import open_split
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError
from tests.data.sources.tagged import opened, read, written
from tests.tiny import data as tiny
from tests.tiny.tags import conll, tagged


@pytest.mark.parametrize("make", [tiny.jsonl, tiny.parquet])
def test_tables_have_lists(tmp_path: Path, make: Any) -> None:
    rows = [{"tokens": words, "ner_tags": tags, "id": n} for n, (words, tags) in enumerate(tagged(4))]
    path = make(tmp_path / f"a.{make.__name__}", rows)
    assert read(opened(path).train) == [(" ".join(words), " ".join(tags)) for words, tags in tagged(4)]
    found = recognise(path)
    assert (found.kind.wanted, found.data["text"], found.data["label"]) == ("tags", "tokens", "ner_tags")


def test_numbers_have_names(tmp_path: Path) -> None:
    path = tiny.jsonl(tmp_path / "a.jsonl", [{"words": ["a", 7], "tags": [1, 0]}, {"words": [], "tags": []}])
    splits = opened(path, class_names=("O", "B-x", "I-x"))
    assert read(splits.train) == [("a 7", "B-x O"), ("", "")]
    assert splits.target.classes == ("O", "B-x", "I-x")
    assert "1 text is empty" in splits.notes[-1]
    assert "the tags are numbers: data.class_names would name them" in opened(path).notes[-1]


def test_partners_of_known_tags_are_known(tmp_path: Path) -> None:
    written(tmp_path, "a B-x\nb O\n")
    written(tmp_path, "a B-x\nb I-x\n", "dev.conll")
    splits = opened(tmp_path, val=None)
    assert (splits.target.classes, splits.target.counts) == (("B-x", "I-x", "O"), (1, 0, 1))
    written(tmp_path, "c O\n\na B-x\nb I-y\n", "dev.conll")
    with pytest.raises(DataError, match=r"'I-y' \(1 word, the first at .*dev\.conll:3; did you mean 'I-x'"):
        opened(tmp_path, val=None)


def test_entities_of_some_types_are_chosen(tmp_path: Path) -> None:
    conll(tmp_path / "train.conll", tagged(4))
    splits = opened(tmp_path, classes=("person",))
    assert (splits.target.classes, splits.target.counts) == (("O", "B-person", "I-person"), (17, 2, 1))
    assert read(splits.train)[3] == ("New York was good", "O O O O")
    assert "3 of 6 words have one of the 3 classes" in splits.notes[-1]
    part = open_split(
        Data(source=str(tmp_path), classes=("person",)), "train.conll",
        inputs=(TEXT,), wants="tags", target=splits.target, places={},
    )  # fmt: skip
    assert read(part) == read(splits.train)


def test_how_tags_are_written_is_noted_where_it_is_unusual(tmp_path: Path) -> None:
    def notes(*tags: str) -> list[str]:
        written(tmp_path, "".join(f"word {tag}\n\n" for tag in tags))
        return [note for note in opened(tmp_path, val=None, test=None).notes if "mark" in note]

    assert notes("B-x", "I-x", "O") == notes("NOUN", "VERB") == []
    assert notes("B_x", "I_x", "O")[0].endswith("the tags (B_x, I_x) mark entities, which are counted whole")
    assert notes("B-x", "I-x", "MISC", "O")[0].endswith(
        "2 of 4 tags look like marks of entities (B-x, I-x) and are not read as that, as MISC is not: each word with a "
        "tag is counted by itself"
    )


def test_words_outside_keep_their_tag_where_types_are_chosen(tmp_path: Path) -> None:
    written(tmp_path, "a b-x\nb i-x\nc o\nd b-y\n")
    splits = opened(tmp_path, classes=("y",), val=None)
    assert splits.target.classes == ("o", "b-y", "i-y")
    assert read(splits.train) == [("a b c d", "o o o b-y")]


def test_words_to_predict_need_no_tags(tmp_path: Path) -> None:
    data = Data(train="x", columns=("word", "pos", "tag"), label="tag")
    for name, text in {"a.txt": "a\nb\n\nc\n", "a.conll": "a X O\nb X O\n\nc X O\n"}.items():
        written(tmp_path, text, name)
        split = open_unlabelled((TEXT,), [], tmp_path / name, data, "tags")
        assert [(one.inputs["text"], one.target) for one in (split[0], split[1])] == [
            (("a", "b"), None), (("c",), None)
        ]  # fmt: skip
    tiny.jsonl(tmp_path / "a.jsonl", [{"text": "a b."}, {"text": ["a", "b."]}])
    split = open_unlabelled((TEXT,), [], tmp_path / "a.jsonl", Data(), "tags")
    assert [split[0].inputs["text"], split[1].inputs["text"]] == ["a b.", ("a", "b.")]
    tiny.table(tmp_path / "a.csv", [{"id": "1", "text": "a, b"}])
    assert open_unlabelled((TEXT,), [], tmp_path / "a.csv", Data(), "tags")[0].inputs == {"text": "a, b"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"words": ["a", "b"], "tags": ["O"]}, "a.jsonl:2: there are 2 words in column 'words' and 1 tags"),
        ({"words": 5, "tags": ["O", "O"]}, "a.jsonl:2: 5 in column 'words' is not a list of words"),
        ({"words": "a b", "tags": "O"}, "a.jsonl:2: there are 2 words in column 'words' and 1 tags: 'O'"),
        ({"words": ["a"], "tags": 7}, "a.jsonl:2: the tags in column 'tags' are 7: a list"),
        ({"words": ["a", "b"], "tags": ["O", None]}, "have None for word 2: every word needs a tag"),
        ({"words": ["a", None], "tags": ["O", "O"]}, "column 'words' has None in its list"),
    ],
)
def test_mistakes_in_lists(tmp_path: Path, row: dict[str, Any], words: str) -> None:
    path = tiny.jsonl(tmp_path / "a.jsonl", [{"words": ["a"], "tags": ["B-x"]}, row])
    with pytest.raises(DataError) as error:
        opened(path)
    assert words in str(error.value)


def test_sources_without_tagged_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="digits has classes, and this task labels words"):
        opened(Path("digits"))
    conll(tmp_path / "a.conll", tagged(4))
    with pytest.raises(DataError, match=r"no file whose name says train; it has: a\.conll\. Name one"):
        opened(tmp_path)
