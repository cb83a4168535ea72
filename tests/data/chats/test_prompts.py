"""Columns of prompts, by their names."""

from __future__ import annotations

import pytest

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.chats.prompts import prompt_column


@pytest.mark.parametrize(
    ("names", "answered", "found"),
    [
        ("prompt completion", False, "prompt"),
        ("instruction input output", False, "instruction"),
        ("input output", False, "input"),
        ("text prompt completion", False, None),
        ("text prompt completion", True, "prompt"),
        ("messages prompt", False, None),
        ("sentence label", False, None),
    ],
)
def test_a_text_goes_before_a_prompt_without_answers(names: str, answered: bool, found: str | None) -> None:
    columns = {name: name for name in names.split()}
    assert prompt_column(columns, KINDS["tokens"], answered=answered) == found
