"""Words in columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.data.discovery.recognise import recognise
from ftcli.errors import ConfigError, DataError
from tests.data.sources.tagged import opened, read, written
from tests.tiny.tags import conll, tagged


@pytest.mark.parametrize("mark", ["\t", " ", "   "])
def test_words_and_tags_stand_in_columns(tmp_path: Path, mark: str) -> None:
    conll(tmp_path / "train.conll", tagged(4), mark)
    splits = opened(tmp_path)
    assert read(splits.train) == [(" ".join(words), " ".join(tags)) for words, tags in tagged(4)]
    assert splits.target.kind == "tags"
    assert splits.target.classes == ("B-person", "B-place", "I-person", "I-place", "O")
    assert splits.target.counts == (2, 2, 1, 1, 14)
    assert [splits.train[n].id for n in range(4)] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "text",
    [
        "\n\na B-x\nb O\n\n\nc O",
        "a B-x\nb O\n \t\nc O\n",
        "\ufeffa B-x\r\nb O\r\n\r\nc O\r\n",
        "-DOCSTART- -X- -X- O\n\na B-x\nb O\n\n-DOCSTART- O\n\nc O\n",
        "# text = a b\na B-x\nb O\n\n# id 3\tdomain=en and more\nc O\n",
    ],
)
def test_sentences_are_told_apart(tmp_path: Path, text: str) -> None:
    assert read(opened(written(tmp_path, text)).train) == [("a b", "B-x O"), ("c", "O")]


def test_a_hash_may_begin_a_word(tmp_path: Path) -> None:
    splits = opened(written(tmp_path, "#food\tO\nin\tO\n#Paris\tB-x\n#\tO\n"))
    assert read(splits.train) == [("#food in #Paris #", "O O B-x O")]


def test_rare_white_space_is_part_of_a_word(tmp_path: Path) -> None:
    words = ("10\xa0000", "a\u2028b", "c\x0bd", "e\x85f")
    splits = opened(written(tmp_path, "".join(f"{word} B-x\n" for word in words) + "g O\n"))
    assert splits.train[0].inputs["text"] == (*words, "g")


def test_any_column_may_be_read(tmp_path: Path) -> None:
    text = "EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"
    assert read(opened(written(tmp_path, text)).train) == [("EU rejects", "B-ORG O")]
    assert read(opened(tmp_path, label="column_2").train) == [("EU rejects", "NNP VBZ")]
    named = opened(tmp_path, columns=("word", "pos", "chunk", "ner"), label="chunk")
    assert read(named.train) == [("EU rejects", "B-NP B-VP")]
    comma = opened(written(tmp_path, "O,a\nB-x,b\n"), columns=("tag", "word"), delimiter=",")
    assert read(comma.train) == [("a b", "O B-x")]


def test_conllu_has_columns_of_its_own(tmp_path: Path) -> None:
    lines = ["# sent_id = 1", "1-2\tdel\t_\t_", "1\tde\tde\tADP", "2\tel\tel\tDET", "2.1\tx\tx\tX"]
    text = "".join(line + "\t_" * 6 * (not line.startswith("#")) + "\n" for line in lines)
    splits = opened(written(tmp_path, text, "train.conllu"))
    assert read(splits.train) == [("de el", "ADP DET")]


def test_a_folder_has_a_file_for_each_split(tmp_path: Path) -> None:
    for name, size in {"wnut17train.conll": 4, "emerging.dev.conll": 2, "emerging.test.annotated": 1}.items():
        conll(tmp_path / name, tagged(size))
    (tmp_path / "README.md").write_text("words")
    splits = opened(tmp_path, val=None)
    assert [len(split or ()) for split in (splits.train, splits.val, splits.test)] == [4, 2, 1]
    assert recognise(tmp_path).data == {"source": str(tmp_path)}
    assert recognise(tmp_path).kind.wanted == "tags"
    conll(tmp_path / "more.train.txt", tagged(1))
    with pytest.raises(DataError, match=r"several files for train: more\.train\.txt, wnut17train\.conll"):
        opened(tmp_path)


def test_a_first_line_may_name_the_columns(tmp_path: Path) -> None:
    lines = 'Word,Tag\n"10,000",B-x\nb,O\n,\nc,O\n\nWord,Tag\nd,O\n'
    splits = opened(tmp_path, source=None, train=str(written(tmp_path, lines, "a.csv") / "a.csv"))
    assert read(splits.train) == [("10,000 b", "B-x O"), ("c", "O"), ("d", "O")]
    splits = opened(written(tmp_path, "token pos ner\na X O\nb Y B-x\n"))
    assert read(splits.train) == [("a b", "O B-x")]
    splits = opened(written(tmp_path, "w t\na B-x\n"), text="w", label="t")
    assert read(splits.train) == [("a", "B-x")]
    assert read(opened(written(tmp_path, "word B-x\na O\n")).train) == [("word a", "B-x O")]


def test_one_long_text_is_noted(tmp_path: Path) -> None:
    notes = opened(written(tmp_path, "a B-x\n" * 201 + "b O\n")).notes
    assert any("all 202 words are one text: blank lines part sentences" in note for note in notes)


MISTAKES = [
    ("a O\nb\n", {}, "train.conll:2: this row has 1 column, where line 1 has 2"),
    ("# x\n\na O\nb O\nc d O\n", {}, "train.conll:5: this row has 3 columns, where line 3 has 2"),
    ("a\tO\n\tO\n", {}, "train.conll:2: nothing stands in column 'word'"),
    ("a\tO\nb\t\n", {}, "train.conll:2: nothing stands in column 'tag'"),
    ("\n# x\n", {}, "train.conll has no words"),
    ("a O\nb O\n", {}, "only one class, 'O'"),
    ("a\nb\n", {}, "no column of"),
    ("a O\nb B-x\n", {"columns": ("word", "pos", "tag")}, "conll:1: this row has 2 columns, where columns names 3"),
    ("a O\nb B-x\n", {"label": "ner"}, "has no column 'ner'. It has: word, tag"),
    ("a O\nb B-x\n", {"classes": ("y",)}, "no training example has the class 'y'"),
    ("a O\nb B-x\n", {"text_pair": "word"}, "data.text_pair: has no meaning here, as this task labels words"),
    ("a O\nb B-x\n", {"per_class": 2}, "data.per_class: is for classes, and this task labels words"),
    ("a O\nb B-x\n", {"label_separator": "|"}, "data.label_separator: is for classes"),
    ("a O\nb B-x\n", {"quoting": False}, "data.quoting: has no meaning for"),
    ("a O\nb B-x\n", {"delimiter": "xx"}, "data.delimiter: is 'xx': one character is wanted"),
    ("caf\udce9 O\n", {}, "is not UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "keys", "words"), MISTAKES, ids=[words for *_, words in MISTAKES])
def test_mistakes_in_columns(tmp_path: Path, text: str, keys: Any, words: str) -> None:
    (tmp_path / "train.conll").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises((DataError, ConfigError)) as error:
        opened(tmp_path, **keys)
    assert words in str(error.value)
