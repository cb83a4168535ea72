"""The likeliest classes of predictions, in columns or as a text."""

from __future__ import annotations

import pytest

from ftcli.cli.likeliest import Likeliest, check_ranked, likeliest
from ftcli.contracts import Example, Prediction
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import UserError

SCORES = {"daisy": 0.1, "rose": 0.8123456789, "tulip": 0.0876543211}


def test_so_many_columns_as_are_asked_for() -> None:
    pair = Example("a.jpg", {}), Prediction("a.jpg", "rose", 0.8123456789, SCORES)
    [(example, made)] = likeliest([pair], 2)
    assert example is pair[0]
    assert made.rows() == [
        {
            "id": "a.jpg",
            "label": "rose",
            "probability": 0.812346,
            "class_1": "rose",
            "probability_1": 0.812346,
            "class_2": "daisy",
            "probability_2": 0.1,
        }
    ]


def test_more_than_there_are_is_all_of_them() -> None:
    (row,) = Likeliest("a", ("rose",), None, SCORES, top=9).rows()
    assert list(row) == [
        "id",
        "label",
        *(f"{what}_{n}" for n in (1, 2, 3) for what in ("class", "probability")),
    ]


def test_a_terminal_has_them_in_one_text() -> None:
    (row,) = Likeliest("a", "rose", 0.81, SCORES, top=2, sentence=True).rows()
    assert row == {"id": "a", "label": "rose", "likeliest": "1: rose 0.81, 2: daisy 0.10"}


def test_the_predicted_class_is_the_first_of_those_that_are_as_likely() -> None:
    (row,) = Likeliest("a", "b", 0.5, {"a": 0.5, "b": 0.5}, top=1).rows()
    assert row["class_1"] == "b"


@pytest.mark.parametrize("name", ["number", "boxes", "mask", "tags", "text", "speech"])
def test_other_predictions_have_no_likeliest_classes(name: str) -> None:
    with pytest.raises(UserError, match="without a probability for each class: leave it out"):
        check_ranked(KINDS[name])


@pytest.mark.parametrize("name", ["single-label", "multi-label"])
def test_classes_have(name: str) -> None:
    check_ranked(KINDS[name])
