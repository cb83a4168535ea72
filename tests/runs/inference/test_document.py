"""The JSON of predictions."""

from __future__ import annotations

import json

from ftcli.runs.inference.document import document, printable_json


def test_what_is_no_number_is_null_and_what_steers_a_terminal_is_escaped() -> None:
    whole = document(
        "runs/x", 1, predictions=[{"id": "\x1b[31m", "p(a)": float("nan"), "q": (float("inf"), 1)}]
    )
    written = printable_json(whole)
    assert "\x1b" not in written
    assert json.loads(written) == {
        "checkpoint": "runs/x",
        "examples": 1,
        "predictions": [{"id": "\x1b[31m", "p(a)": None, "q": [None, 1]}],
    }
