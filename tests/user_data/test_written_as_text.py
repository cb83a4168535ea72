"""Cells of tables as scripts and spreadsheets write them: sentences with a tag for each word, chats, missing labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.chats import Chat, Turn
from ftcli.contracts.modalities import TEXT
from ftcli.data.discovery.recognise import recognise
from ftcli.data.splits import Splits, open_split
from ftcli.data.unlabelled import open_unlabelled
from ftcli.errors import DataError
from tests.data.opening import mistake, opened
from tests.data.sources.tagged import read
from tests.tiny import data as tiny

FORMS: Any = (("a.csv", tiny.table), ("a.jsonl", tiny.jsonl), ("a.parquet", tiny.parquet))
each_table = pytest.mark.parametrize(("file", "make"), FORMS, ids=[file for file, _ in FORMS])
MESSAGES = [{"role": "user", "content": "it's\n} {"}, {"role": "assistant", "content": '"x"\n'}]


def made(path: Path, make: Any, rows: Any, wants: str = "category", **keys: Any) -> Splits:
    return opened(Data(train=str(make(path, rows)), val=0.0, **keys), wants=wants)


@each_table
@pytest.mark.parametrize("tags", ["B-geo O O", "['B-geo', 'O', 'O']"])
def test_a_sentence_a_row_with_spaces(tmp_path: Path, file: str, make: Any, tags: str) -> None:
    rows = [{"text": "Oslo , say", "labels": tags}, {"text": "yes", "labels": "O"}]
    rows[1]["labels"] = "['O']" if "[" in tags else "O"
    splits = made(tmp_path / file, make, rows, "tags")
    assert read(splits.train) == [("Oslo , say", "B-geo O O"), ("yes", "O")]
    assert any("spaces part the words of 2 texts" in note for note in splits.notes)
    found = recognise(tmp_path / file)
    assert (found.kind.name, found.data["text"], found.data["label"]) == ("tags", "text", "labels")


def test_a_sentence_a_row_beside_its_number(tmp_path: Path) -> None:
    rows = [{"Sentence #": "1", "Sentence": "Oslo is", "POS": "['N', 'V']", "Tag": "['B-geo', 'O']"}] * 2
    splits = made(tmp_path / "a.csv", tiny.table, rows, "tags")
    assert read(splits.train) == [("Oslo is", "B-geo O")] * 2


def test_names_of_columns_are_no_word(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", [{"text": "Oslo", "tags": "B-geo"}, {"text": "is", "tags": "O"}])
    splits = opened(Data(train=str(path), val=0.0), wants="tags")
    assert read(splits.train) == [("Oslo is", "B-geo O")]


def test_labels_of_as_many_words_as_their_texts_are_no_tags(tmp_path: Path) -> None:
    rows = [{"text": f"{word} film", "label": f"very {word}"} for word in ("good", "bad") * 3]
    assert recognise(tiny.table(tmp_path / "a.csv", rows)).kind.name != "tags"


def test_rows_of_one_word_are_not_sentences(tmp_path: Path) -> None:
    path = tiny.jsonl(tmp_path / "a.jsonl", [{"word": "Oslo", "tag": "B-geo"}, {"word": "is", "tag": "O"}])
    assert "one tag in each row" in mistake(Data(train=str(path)), wants="tags")


@each_table
@pytest.mark.parametrize(
    "form",
    [json.dumps, repr, lambda chat: "[" + "\n ".join(map(repr, chat)) + "]"],
    ids=["json", "pandas", "numpy"],
)
def test_chats_as_texts(tmp_path: Path, file: str, make: Any, form: Any) -> None:
    splits = made(tmp_path / file, make, [{"id": "a", "messages": form(MESSAGES)}] * 2, "tokens")
    chat = Chat((Turn("user", "it's\n} {"), Turn("assistant", '"x"\n')))
    assert (splits.train[1].inputs["text"], splits.settled["chat"]) == (chat, True)
    assert any("chats that are written as text" in note for note in splits.notes)
    new = open_unlabelled((TEXT,), [], tmp_path / file, Data(text="messages"), "tokens")
    assert new[0].inputs["text"] == chat
    assert recognise(tmp_path / file).data["text"] == "messages"


@each_table
@pytest.mark.parametrize("form", [lambda messages: messages, json.dumps], ids=["lists", "json"])
@pytest.mark.parametrize("answer", [MESSAGES[1:], MESSAGES[1]["content"]], ids=["messages", "text"])
def test_prompts_that_are_messages(tmp_path: Path, file: str, make: Any, form: Any, answer: Any) -> None:
    """TRL's conversational prompts: the answer is beside them, as a message or as a text."""
    if file.endswith(".csv"):
        form = json.dumps  # it has texts alone
    written = answer if isinstance(answer, str) else form(answer)
    rows = [{"prompt": form(MESSAGES[:1]), "completion": written}] * 2
    splits = made(tmp_path / file, make, rows, "tokens")
    chat = Chat((Turn("user", "it's\n} {"), Turn("assistant", '"x"\n')))
    assert (splits.train[0].inputs, splits.settled["chat"]) == ({"text": chat}, True)
    if not isinstance(answer, str):
        found = recognise(tmp_path / file).data
        assert (found["text"], found["target"]) == ("prompt", "completion")


def test_instructions_of_which_some_have_no_input(tmp_path: Path) -> None:
    rows = [{"instruction": "a", "input": "b", "output": "c"}, {"instruction": "d", "output": "e"}]
    splits = made(tmp_path / "a.jsonl", tiny.jsonl, rows, "tokens")
    assert [splits.train[n].inputs for n in range(2)] == [
        {"text": "a\n\nb", "target": "c"},
        {"text": "d", "target": "e"},
    ]


def test_an_empty_chat_among_others_has_no_answer(tmp_path: Path) -> None:
    path = str(
        tiny.jsonl(tmp_path / "a.jsonl", [{"messages": []}, {"messages": MESSAGES}, {"messages": None}])
    )
    assert "2 of the 3 rows" in mistake(Data(train=path), wants="tokens")
    splits = opened(Data(train=path, val=0.0, missing_labels="skip"), wants="tokens")
    assert (len(splits.train), splits.settled["chat"]) == (1, True)


def test_texts_that_hold_messages_are_texts_elsewhere(tmp_path: Path) -> None:
    rows = [{"text": repr(MESSAGES), "label": label} for label in "xy"]
    assert made(tmp_path / "a.csv", tiny.table, rows).train[0].inputs["text"] == repr(MESSAGES)
    lists = [{"text": "['role', 'content']"}, {"text": "[{'role': 1"}]
    assert made(tmp_path / "b.csv", tiny.table, lists, "tokens").settled == {}


# ------------------------------------------------------------------------------------------------ numbers and labels


@pytest.mark.parametrize("nothing", ["NA", "nan", "NULL", "#N/A", "None", "\\N"])
def test_words_for_a_missing_number(tmp_path: Path, nothing: str) -> None:
    """R writes NA, NumPy nan, databases NULL."""
    rows = [{"text": f"t {n}", "score": nothing if n == 1 else str(n)} for n in range(4)]
    path = str(tiny.table(tmp_path / "a.csv", rows))
    assert "data.missing_labels: skip leaves it out" in mistake(Data(train=path, val=0.0), wants="number")
    splits = opened(Data(train=path, val=0.0, missing_labels="skip"), wants="number")
    assert [splits.train[index].target for index in range(3)] == [0.0, 2.0, 3.0]
    assert len(splits.skipped) == 1


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1,5", "a point, not a comma, stands before decimals"),
        ("1,234.5", "commas between thousands are left out"),
        ("1.234,5", "a point stands before decimals, and nothing between thousands"),
        ("1,234", "neither before decimals, where a point does, nor between thousands"),
        ("7.5 %", "a percentage is written without its sign"),
        ("$7.5", "without currency or unit"),
        ("12 kg", "without currency or unit"),
        ("many", "which is not a number."),
    ],
)
def test_numbers_as_people_write_them_are_named(tmp_path: Path, cell: str, words: str) -> None:
    rows = [{"text": "a", "score": cell}, {"text": "b", "score": "1"}]
    found = mistake(Data(train=str(tiny.table(tmp_path / "a.csv", rows))), wants="number")
    assert "a.csv:2: the label in column 'score' is " in found
    assert words in f"{found}."


@each_table
@pytest.mark.parametrize("mark", [int, float, bool])
def test_a_list_of_0_and_1_for_each_class(tmp_path: Path, file: str, make: Any, mark: Any) -> None:
    """As the multi-label models of transformers want them."""
    marks = [[mark(one) for one in row] for row in ([1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 1, 1])]
    rows = [
        {"text": f"t {n}", "label": str(one) if file.endswith(".csv") else one} for n, one in enumerate(marks)
    ]
    if mark is bool and file.endswith(".csv"):
        rows = [
            {**row, "label": str(row["label"]).replace("True", "1").replace("False", "0")} for row in rows
        ]
    splits = made(tmp_path / file, make, rows)
    assert splits.target.classes == ("0", "1", "2")
    assert [splits.train[n].target for n in range(4)] == [("0", "2"), ("1",), (), ("0", "1", "2")]
    assert any(
        "4 labels are lists of 0 and 1, so each of 3 places is a class" in note for note in splits.notes
    )
    named = opened(Data(train=str(tmp_path / file), val=0.0, class_names=("x", "y", "z")))
    assert named.train[0].target == ("x", "z")


def test_lists_of_0_and_1_beside_a_missing_one_and_columns_called_so(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": one} for n, one in enumerate(([0, 1], None, [1, 1]))]
    splits = made(tmp_path / "a.jsonl", tiny.jsonl, rows, missing_labels="empty")
    assert [splits.train[n].target for n in range(3)] == [("1",), (), ("0", "1")]
    columns = [{"text": f"t {n}", "0": 1, "1": 1} for n in range(2)]
    splits = made(tmp_path / "b.jsonl", tiny.jsonl, columns, label=("0", "1"))
    assert splits.train[0].target == ("0", "1")


def test_lists_of_other_numbers_are_classes(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": one} for n, one in enumerate(([0, 1], [0], [2, 1]))]
    splits = made(tmp_path / "a.jsonl", tiny.jsonl, rows)
    assert [splits.train[n].target for n in range(3)] == [("0", "1"), ("0",), ("2", "1")]


@each_table
def test_lists_in_another_split_than_training_are_refused(tmp_path: Path, file: str, make: Any) -> None:
    """They would make the whole model one of several labels, whose training labels are no lists."""
    train = str(
        make(tmp_path / f"train_{file}", [{"text": f"t {n}", "label": "ab"[n % 2] * 2} for n in range(4)])
    )
    label: Any = "['aa', 'bb']" if file.endswith(".csv") else ["aa", "bb"]
    other = str(make(tmp_path / file, [{"text": "t", "label": label}] * 2))
    assert f"{tmp_path / file}" in mistake(Data(train=train, val=other))
    target = opened(Data(train=train, val=0.0)).target
    assert target.kind == "single-label"
    with pytest.raises(DataError, match=r"the label|has labels that the training split"):
        open_split(Data(train=train), other, inputs=(TEXT,), wants="category", target=target, places={})


# ------------------------------------------------------------------------------------------------ files of texts


def test_accents_of_tex_are_not_quotes_in_values(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,label\nM\\"uller,x\nGr\\"o{\\ss}e,y\n')
    splits = opened(Data(train=str(tmp_path / "a.csv"), val=0.0))
    assert [splits.train[index].inputs["text"] for index in range(2)] == ['M\\"uller', 'Gr\\"o{\\ss}e']


def test_a_separator_after_a_backslash_is_named(tmp_path: Path) -> None:
    """Python's csv writes so without quotes."""
    (tmp_path / "a.csv").write_text("text,label\na\\, b,x\nc,y\n")
    path = str(tmp_path / "a.csv")
    assert "write quoting: false and escape: '\\'" in mistake(Data(train=path))
    splits = opened(Data(train=path, val=0.0, quoting=False, escape="\\"))
    assert splits.train[0].inputs["text"] == "a, b"


def test_a_spreadsheet_that_is_called_csv(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04\x14\x00\x06\x00")
    assert "a spreadsheet (.xlsx, .ods), and a text in UTF-8 is wanted" in mistake(
        Data(train=str(tmp_path / "a.csv"))
    )


@pytest.mark.parametrize("form", ["[{}]", "{{{}}}"])
def test_lists_without_quotes(tmp_path: Path, form: str) -> None:
    """Arrays of databases, and lists that other tools write."""
    labels = [form.format(one) for one in ("joy, anger", "joy", "anger", "")]
    path = str(tiny.table(tmp_path / "a.csv", [{"text": f"t {n}", "label": labels[n % 4]} for n in range(8)]))
    assert any('data.label_separator: ","' in note for note in opened(Data(train=path, val=0.0)).notes)
    splits = opened(Data(train=path, val=0.0, label_separator=","))
    assert splits.target.classes == ("anger", "joy")
    assert [splits.train[index].target for index in range(4)] == [("joy", "anger"), ("joy",), ("anger",), ()]
    alone = str(
        tiny.table(tmp_path / "b.csv", [{"text": f"t {n}", "label": labels[1 + n % 2]} for n in range(8)])
    )
    splits = opened(Data(train=alone, val=0.0))
    assert (splits.target.kind, splits.target.classes) == ("single-label", tuple(sorted(labels[1:3])))
    assert not any("label_separator" in note for note in splits.notes)


def test_an_empty_list_as_text_has_no_class(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": ["['a', 'b']", "[]", "['a']"][n % 3]} for n in range(6)]
    splits = made(tmp_path / "a.csv", tiny.table, rows)
    assert ([splits.train[n].target for n in range(3)], splits.target.classes) == (
        [("a", "b"), (), ("a",)],
        ("a", "b"),
    )


def test_labels_of_which_some_are_lists_are_noted(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": ["['a', 'b']", "['a']", "none"][n % 3]} for n in range(6)]
    notes = made(tmp_path / "a.csv", tiny.table, rows).notes
    assert any(
        "labels such as ['a', 'b'] are not read as lists, as 'none' is not one" in note for note in notes
    )


def test_classes_that_pandas_takes_for_missing_are_noted(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": ["nan", "joy", "none"][n % 3]} for n in range(6)]
    notes = made(tmp_path / "a.csv", tiny.table, rows).notes
    assert any("'nan' (2) is a class: where that means a missing label" in note for note in notes)


def test_a_key_of_messages_that_is_always_null(tmp_path: Path) -> None:
    chats = [{"messages": [{**one, "tool_calls": None} for one in MESSAGES]}] * 2
    assert made(tmp_path / "a.parquet", tiny.parquet, chats, "tokens").settled["chat"]


def test_large_numbers_that_differ_in_their_last_digit_do_not_look_alike(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": 2**60 + n % 2} for n in range(4)]
    splits = made(tmp_path / "a.jsonl", tiny.jsonl, rows)
    assert (len(splits.target.classes), any("alike" in note for note in splits.notes)) == (2, False)
