"""outcomes.json of anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.report.outcomes import Confusion, Figure, Outcomes, Pair, outcomes_of
from ftcli.system.bounded import UnreadableError
from tests.report.making import COUNTS, outcomes, picture


def test_all_of_it_is_read(tmp_path: Path) -> None:
    picture(tmp_path / "errors/001.jpg")
    found, problems = outcomes_of(outcomes(pictures=["errors/001.jpg"]), tmp_path)
    assert problems == ()
    assert (found.split, found.examples, found.metric, found.lower_is_better) == (
        "test",
        80,
        "accuracy",
        False,
    )
    assert found.figures["accuracy"] == Figure(0.8625, 0.7704, 0.9213, "Wilson, 95 %")
    assert found.figures["loss"] == Figure(0.41)
    assert found.per_class[0]["support"] == 16
    assert found.confusion is not None
    assert found.confusion.counts == COUNTS
    assert found.confused[0] == Pair("roses", "tulips", 3)
    assert found.errors[0].doubtful
    assert found.errors[0].picture == (tmp_path / "errors/001.jpg").read_bytes()
    assert found.errors[1].picture is None
    assert found.data == {"train": 240, "val": 80, "test": 80, "skipped": 1}


def test_many_classes_have_no_matrix(tmp_path: Path) -> None:
    without, problems = outcomes_of(
        outcomes() | {"confusion": {"classes": ["a"] * 40, "counts": None}}, tmp_path
    )
    assert (without.confusion, problems) == (Confusion((), ()), ())
    without, problems = outcomes_of(outcomes() | {"confusion": None}, tmp_path)
    assert (without.confusion, problems) == (None, ())


@pytest.mark.parametrize("version", [None, 2, "1", [1]])
def test_another_version_is_not_guessed(version: Any, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="this ftcli reads 1"):
        outcomes_of(outcomes() | {"version": version}, tmp_path)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"confusion": {"classes": ["a", "b"], "counts": [[1, 2], [3]]}}, "'confusion' is not as expected"),
        (
            {"confusion": {"classes": ["a", "b"], "counts": [[1, 2], [3, -1]]}},
            "'confusion' is not as expected",
        ),
        ({"confusion": [1]}, "'confusion' is not as expected"),
        (
            {"confused": [{"true": "a", "predicted": "b", "count": "3"}]},
            "entries of 'confused' not as expected",
        ),
        ({"confused": 3}, "'confused' not as expected, and left out: all"),
        ({"errors": [3, {"id": "x"}]}, "entries of 'errors' not as expected, and left out: 2"),
    ],
)
def test_what_has_another_type_is_left_out_and_said(changed: Any, problem: str, tmp_path: Path) -> None:
    _, problems = outcomes_of(outcomes() | changed, tmp_path)
    assert len(problems) == 1
    assert problem in problems[0]


def test_nothing_but_a_version_is_enough(tmp_path: Path) -> None:
    assert outcomes_of({"version": 1}, tmp_path) == (Outcomes(""), ())
    odd = {key: {"a": [None]} for key in outcomes()} | {
        "version": 1,
        "figures": {"x": "y", "z": {"value": None}},
    }
    found, _ = outcomes_of(odd, tmp_path)
    assert (found.figures, found.per_class, found.errors) == ({}, (), ())


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../secret.jpg", "not a file of errors/"),
        ("errors/../../secret.jpg", "not a file of errors/"),
        ("/etc/passwd", "not a file of errors/"),
        ("errors/none.jpg", "cannot be read"),
        ("errors/link.jpg", "is a link"),
        ("errors/text.jpg", "not a JPEG file"),
        ("errors/large.jpg", "more than"),
        ("errors/\x00.jpg", "cannot be read"),
    ],
)
def test_a_picture_is_a_small_jpeg_of_the_run(name: str, problem: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    picture(tmp_path / "secret.jpg")
    (run / "errors").mkdir(parents=True)
    (run / "errors/link.jpg").symlink_to(tmp_path / "secret.jpg")
    (run / "errors/text.jpg").write_text("<svg onload=alert(1)>")
    (run / "errors/large.jpg").write_bytes(b"\xff\xd8\xff" + bytes(100_000))
    found, problems = outcomes_of(outcomes(pictures=[name]), run)
    assert found.errors[0].picture is None
    assert len(problems) == 1
    assert "a picture is not shown" in problems[0]
    assert problem in problems[0]


def test_all_pictures_together_have_a_limit(tmp_path: Path) -> None:
    names = [f"errors/{index}.jpg" for index in range(24)]
    (tmp_path / "errors").mkdir()
    for name in names:
        (tmp_path / name).write_bytes(b"\xff\xd8\xff" + bytes(40_000))
    found, problems = outcomes_of(outcomes(pictures=names), tmp_path)
    assert sum(one.picture is not None for one in found.errors) == 15
    assert len(problems) == 9


def test_another_version_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as caught:
        outcomes_of({"version": ["x"] * 9000}, tmp_path)
    assert len(str(caught.value)) < 130
