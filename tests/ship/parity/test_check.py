"""Figures that are compared, and batches of few rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.contracts import Example
from ftcli.errors import ParityError, UserError
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.parity.check import check, filled, same_figure
from ftcli.ship.parity.int8 import loss_of
from ftcli.ship.parity.outputs import named
from ftcli.ship.parity.rows import HeldOut
from tests.ship.graphs.exported import likeliest_rows, predictor_of

NAN = float("nan")
TEXTS = ["a good film of an ant and a bee", "a very bad film of an ant and another bee"]


def test_a_figure_that_is_not_a_number_differs_from_one_that_is() -> None:
    assert same_figure(0.5, 0.5)
    assert same_figure(NAN, NAN)
    assert same_figure(float("inf"), float("inf"))
    assert not any(same_figure(*pair) for pair in ((0.5, NAN), (NAN, 0.5), (0.5, 0.51), (1.0, float("inf"))))


def test_a_batch_of_fewer_rows_is_filled() -> None:
    rows = [Example(name, {}) for name in "ab"]
    assert "".join(one.id for one in filled(rows, 7)) == "abababa"
    assert filled(rows[:1], 1) == rows[:1]


def test_without_rows_nothing_is_compared(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"empty\.csv has no rows"):
        check(predictor_of("translation"), tmp_path, HeldOut("empty.csv", Rows([])))


class Rows:
    """A split."""

    def __init__(self, examples: list[Example]) -> None:
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Example:
        return self._examples[index]

    def targets(self) -> list[Any]:
        return [one.target for one in self._examples]


class Writer:
    """A process of an export whose outputs are those of the run, and which writes what is given for a text."""

    def __init__(self, predictor: Predictor, writes: Callable[[str], str]) -> None:
        self._predictor, self._writes = predictor, writes

    def __call__(self, *_: Any, **__: Any) -> Writer:
        return self

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None: ...

    def call(self, function: str, inputs: Any, *, optional: bool = False) -> tuple[Any, float]:
        if function == "network":
            with torch.no_grad():
                given = {name: torch.from_numpy(value) for name, value in inputs.items()}
                return named(self._predictor.model(**given)), 0.0
        if function == "predict":
            return [[{"label": self._writes(one["text"])}] for one in inputs], 0.0
        return None, 0.0


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return predictor_of("translation")


ROWS = HeldOut("val", Rows([Example(str(n), {"text": text}, text) for n, text in enumerate(TEXTS)]))


def writing(predictor: Predictor) -> dict[str, str]:
    """What the run writes for each text."""
    rows = likeliest_rows(predictor, [ROWS.split[0], ROWS.split[1]])
    return {text: row["label"] for text, (row,) in zip(TEXTS, rows, strict=True)}


def test_figures_of_texts_are_of_those_that_the_export_writes(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = writing(predictor)
    monkeypatch.setattr("ftcli.ship.parity.check.Process", Writer(predictor, lambda text: known[text]))
    exact = check(predictor, tmp_path, ROWS)
    assert (exact.rows, exact.same_answers, exact.figure, exact.undecided) == (2, 2, "bleu", 0)
    assert exact.before == exact.after < 50
    monkeypatch.setattr("ftcli.ship.parity.int8.Process", Writer(predictor, lambda text: text))
    loss = loss_of(predictor, tmp_path, "model.int8.onnx", ROWS, exact)
    assert (loss.figure, loss.before) == ("bleu", exact.before)
    assert loss.after == pytest.approx(100)


def test_an_answer_that_depends_on_what_was_asked_before_differs(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_order = iter([*writing(predictor).values()] * 2)
    monkeypatch.setattr("ftcli.ship.parity.check.Process", Writer(predictor, lambda _: next(in_order)))
    with pytest.raises(ParityError, match="row 1: label is"):
        check(predictor, tmp_path, ROWS)
