"""The same example in several places and with several labels, in the words of findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftcli.data.splitting.same_content import same_content
from ftcli.findings.copies import Likeness, on_copies
from ftcli.findings.corpus import Corpus
from ftcli.findings.finding import Finding
from tests.findings.corpora import texts

SAME = Likeness("same-input", "also in", "there more than once", "there under different labels")


def found(folder: Path, *tables: list[dict[str, Any]], **keys: Any) -> dict[str, Finding]:
    corpus = Corpus.of(texts(folder, *tables, **keys))
    return {one.kind: one for one in on_copies(corpus, same_content(corpus.parts), SAME)}


def row(text: str, label: str) -> dict[str, str]:
    return {"text": text, "label": label}


def test_each_copy_counts_once(tmp_path: Path) -> None:
    train = [row("one", "a"), row("one", "a"), row("one", "a"), row("two", "b"), row("three", "b")]
    val = [row("one", "a"), row("one", "a"), row("four", "b"), row("two", "b")]
    here = found(tmp_path, train, val)
    assert {kind: (one.count, one.message) for kind, one in here.items()} == {
        "same-input-in-two-splits": (3, "3 texts of val are also in train"),
        # Of the last split that has some: findings are by split.
        "same-input-within-split": (1, "1 text of val is there more than once"),
    }
    first, second = here["same-input-in-two-splits"].places
    assert first == f"{tmp_path / 'train.csv'}:2 = {tmp_path / 'val.csv'}:2: 'one'"
    assert second.endswith(":5: 'two'")


def test_labels_that_contradict_each_other(tmp_path: Path) -> None:
    train = [row("one", "a"), row("one", "b"), row("two", "b"), row("two", "b")]
    contradiction = found(tmp_path, train)["same-input-different-labels"]
    assert (contradiction.count, contradiction.severity) == (1, "warning")
    path = tmp_path / "train.csv"
    assert contradiction.places == (f"{path}:2 (a) = {path}:3 (b): 'one'",)


def test_several_labels_in_another_order_are_the_same(tmp_path: Path) -> None:
    train = [row("one", "a|b"), row("one", "b|a"), row("two", "a"), row("two", "a|b"), row("three", "b")]
    contradiction = found(tmp_path, train, label_separator="|")["same-input-different-labels"]
    assert contradiction.count == 1
    assert "(a) = " in contradiction.places[0]
    assert "(a, b): 'two'" in contradiction.places[0]


def test_numbers_that_differ_are_a_note(tmp_path: Path) -> None:
    train = [row("one", "1.5"), row("one", "1.75"), row("two", "3")]
    contradiction = found(tmp_path, train, wants="number")["same-input-different-labels"]
    assert (contradiction.count, contradiction.severity) == (1, "note")


def test_the_first_tag_that_differs_is_shown(tmp_path: Path) -> None:
    words = "['to', 'Paris', 'now']"
    train = [row(words, "['O', 'B-place', 'O']"), row(words, "['O', 'O', 'O']")]
    contradiction = found(tmp_path, train, wants="tags")["same-input-different-labels"]
    assert "(B-place) = " in contradiction.places[0]
    assert contradiction.places[0].endswith(" (O): 'to Paris now'")


def test_a_source_text_may_be_written_in_two_ways(tmp_path: Path) -> None:
    train = [{"text": "a dog", "target": "ein Hund"}, {"text": "a dog", "target": "der Hund"}]
    assert found(tmp_path, train, wants="text").keys() == {"same-input-within-split"}


def test_pairs_are_copies_where_both_texts_are(tmp_path: Path) -> None:
    pairs = [("x", "y"), ("x", "z"), ("y", "x"), ("x", "y")]
    train = [{"text": one, "text_pair": other, "label": "ab"[one == "x"]} for one, other in pairs]
    here = found(tmp_path, train, text="text", text_pair="text_pair", label="label")
    assert here["same-input-within-split"].places[0].endswith(": 'x' | 'y'")
    assert here["same-input-within-split"].count == 1
