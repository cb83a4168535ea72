"""Examples and their targets."""

from __future__ import annotations

import pytest

from ftcli.contracts import Boxes, Example, Target


@pytest.mark.parametrize(("classes", "outputs"), [((), 1), (("a", "b", "c"), 3)])
def test_a_head_has_an_output_for_each_class_or_one(classes: tuple[str, ...], outputs: int) -> None:
    assert Target("number", classes).outputs == outputs


def test_what_is_left_out_is_empty() -> None:
    example = Example("a", {"text": "x"})
    assert (example.target, dict(example.attributes)) == (None, {})
    assert Boxes(("a",), [[0, 0, 1, 1]]).crowd == ()
