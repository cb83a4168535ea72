"""Labels that kept features contradict, on made-up features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftcli.data.splits import Splits
from ftcli.data.splitting.same_content import Where
from ftcli.findings import contradicted
from ftcli.findings.contradicted import Features, on_contradicted
from ftcli.findings.corpus import Corpus
from ftcli.findings.finding import Finding
from ftcli.findings.neighbours import Opinions
from tests.findings.corpora import texts

CLASSES = ("cat", "dog", "owl")


def rows(count: int, wrong: dict[int, str], first: int = 0) -> list[dict[str, str]]:
    """Texts "cat 0", "dog 1", ...: the first word is what is true."""
    return [
        {"text": f"{CLASSES[n % 3]} {n}", "label": wrong.get(n, CLASSES[n % 3])}
        for n in range(first, first + count)
    ]


class Seen:
    """A network that tells the first words of texts apart, as well as `spread` lets it."""

    def __init__(self, spread: float = 1.0, name: str = "net") -> None:
        self.spread, self.name = spread, name

    def __call__(self, corpus: Corpus, wheres: Sequence[Where]) -> list[Features]:
        random = np.random.default_rng(1)
        centres = 3 * random.normal(size=(3, 16))
        true = [CLASSES.index(corpus.input(where)[0].split()[0]) for where in wheres]
        noise = self.spread * random.normal(size=(len(wheres), 16))
        return [Features(self.name, wheres, (centres[true] + noise).astype(np.float32))]


def found(splits: Splits, *kept: Any) -> list[Finding]:
    def every(corpus: Corpus, wheres: Sequence[Where]) -> list[Features]:
        return [one for seen in kept for one in seen(corpus, wheres)]

    return list(on_contradicted(splits, Corpus.of(splits), every))


def planted(tmp_path: Path) -> Splits:
    return texts(tmp_path, rows(150, {4: "owl", 90: "dog"}), rows(30, {151: "cat"}, first=150))


def test_planted_labels_are_found_in_all_splits_and_no_others(tmp_path: Path) -> None:
    (one,) = found(planted(tmp_path), Seen())
    assert (one.kind, one.severity, one.count) == ("contradicted-label", "note", 3)
    assert one.message == "3 labels that the kept features of net contradict"
    assert sorted(one.places) == [
        f"{tmp_path}/train.csv:6 is labelled owl, its 10 nearest are dog: 'dog 4'",
        f"{tmp_path}/train.csv:92 is labelled dog, its 10 nearest are cat: 'cat 90'",
        f"{tmp_path}/val.csv:3 is labelled cat, its 10 nearest are dog: 'dog 151'",
    ]


def test_features_that_do_not_tell_classes_apart_say_nothing(tmp_path: Path) -> None:
    assert found(planted(tmp_path), Seen(spread=12.0)) == []
    assert found(planted(tmp_path)) == []


def test_of_several_networks_the_best_decides(tmp_path: Path) -> None:
    (one,) = found(planted(tmp_path), Seen(6.0, "bad"), Seen(1.0, "good"), Seen(4.0, "fair"))
    assert "kept features of good contradict" in one.message


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({}, 1),
        # Of the example with the wrong label: fewer neighbours, one of its own class, and a line that is less sure.
        ({"votes": {4: 8}}, 1),
        ({"votes": {4: 7}}, 0),
        ({"own": {4: 1}}, 0),
        ({"margin": {4: 0.6}}, 0),
        # Others of its class, the owls 2, 5, ..., that have votes of cats, too few to be found themselves: 11 of 21, or
        # 10; and owls and cats, of which so many are right that the owls are recognised, 43 of 60 in all, or 45.
        ({"voted": dict.fromkeys(range(2, 32, 3), 0), "votes": dict.fromkeys(range(2, 32, 3), 5)}, 0),
        ({"voted": dict.fromkeys(range(2, 29, 3), 0), "votes": dict.fromkeys(range(2, 29, 3), 5)}, 1),
        ({"voted": dict.fromkeys(range(0, 48, 3), 1), "votes": dict.fromkeys(range(0, 48, 3), 5)}, 0),
        ({"voted": dict.fromkeys(range(0, 42, 3), 1), "votes": dict.fromkeys(range(0, 42, 3), 5)}, 1),
    ],
)
def test_opinions_have_to_be_sure_and_right_on_others(
    changed: dict[str, dict[int, float]], count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = np.arange(60) % 3
    made = {"voted": true, "votes": np.full(60, 10), "own": np.zeros(60, int), "margin": np.full(60, 0.9)}
    for name, values in changed.items():
        made[name] = made[name].copy()
        made[name][list(values)] = list(values.values())
    monkeypatch.setattr(contradicted, "opinions", lambda *_: Opinions(**made))
    assert sum(one.count for one in found(texts(tmp_path, rows(60, {4: "owl"})), Seen())) == count


def test_a_class_of_ten_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All the others of its class are not enough to be the neighbours of a right one."""
    wrong = {3: "elk", **dict.fromkeys(range(1, 29, 3), "elk")}
    for size in (10, 11):
        labels = dict(list(wrong.items())[:size])
        true = [0 if n % 3 == 0 else 2 if n in labels else 1 if n % 3 == 1 else 3 for n in range(60)]
        sure = Opinions(np.asarray(true), np.full(60, 10), np.zeros(60, int), np.full(60, 0.9))
        monkeypatch.setattr(contradicted, "opinions", lambda *_, sure=sure: sure)
        assert len(found(texts(tmp_path, rows(60, labels)), Seen())) == (size > 10)


def test_right_labels_have_no_finding(tmp_path: Path) -> None:
    for spread in (1.0, 3.0, 5.0):
        assert found(texts(tmp_path, rows(150, {}), rows(30, {}, first=150)), Seen(spread)) == []


def test_small_classes_are_not_judged(tmp_path: Path) -> None:
    """Ten examples of a class that is recognised by nobody: the neighbours of each are others."""
    small = dict.fromkeys(range(0, 30, 3), "elk")
    assert found(texts(tmp_path, rows(150, small)), Seen()) == []


def test_a_class_that_overlaps_with_another_is_not_judged(tmp_path: Path) -> None:
    """Half of the cats are called kittens: what a class is called is not what is wrong."""
    kittens = dict.fromkeys(range(0, 150, 9), "kitten")
    assert found(texts(tmp_path, rows(150, kittens)), Seen()) == []


def test_several_labels_and_numbers_are_not_judged(tmp_path: Path) -> None:
    many = [{**row, "label": f"{row['label']};pet"} for row in rows(60, {4: "owl"})]
    assert found(texts(tmp_path, many, label_separator=";"), Seen()) == []
    numbers = [{"text": row["text"], "label": f"{n}.5"} for n, row in enumerate(rows(60, {}))]
    assert found(texts(tmp_path, numbers, wants="number"), Seen()) == []


def test_of_very_many_a_part_is_drawn_which_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contradicted, "MOST", 120)
    splits = texts(tmp_path, rows(150, {n: CLASSES[(n + 1) % 3] for n in range(0, 150, 31)}))
    (one,) = found(splits, Seen())
    assert 0 < one.count < 5
    assert one.message.endswith("; 120 of 150 examples were compared, drawn at random")
    assert found(splits, Seen()) == [one]


def test_examples_without_features_are_said(tmp_path: Path) -> None:
    def half(corpus: Corpus, wheres: Sequence[Where]) -> list[Features]:
        return Seen()(corpus, wheres[:100])

    (one,) = found(planted(tmp_path), half)
    assert one.message.endswith("contradict; 100 of 180 examples were compared")
