"""JSON Lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.jsonl import JsonObjects
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError

ROLES = Roles(text="text", label="label")
SINGLE = Reading(KINDS["single-label"])


def texts(opened: Opened) -> list[str]:
    return [opened.rows.inputs(index)["text"] for index in range(len(opened.rows))]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"text": "a", "label": 1}\n{"text": "b"}\n', "a.jsonl:2: no key 'label'; it has: text"),
        ('{"text": "a", "label": 1}\n{oops\n', "a.jsonl:2: not JSON"),
        ('[{"text": "a"},\n{}]', "a.jsonl:1: no key 'label'; it has: text"),
        ('["a"]\n', "a.jsonl:1: a JSON str"),
        ('[{"text": "a", "label": 1},\n {"text": "b"', "a.jsonl:2: not JSON"),
        ('[{"text": "a", "label": 1}] 5', "a.jsonl:1: '5' after the end of the list"),
        ('{"text": "a", "label": null}\n', "a.jsonl:1: the label in column 'label' is missing"),
        ('{"text": "a", "label": {"b": 1}}\n', "which is not one label"),
        ('{"text": ["a"], "label": 1}\n', "the text in column 'text' is a list"),
        ("\n\n", "is empty"),
    ],
)
def test_broken_json_lines(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(DataError, match=words):
        lines = JsonObjects(tmp_path / "a.jsonl", tmp_path)
        lines.columns()
        lines.open(ROLES, SINGLE)


def test_json_lines_and_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('\n{"text": "a", "label": 1.0}\n\n{"text": null, "label": true}\n')
    opened = JsonObjects(tmp_path / "a.jsonl", tmp_path).open(ROLES, SINGLE)
    assert texts(opened) == ["a", ""]
    assert list(opened.labels) == ["1", "true"]
    assert opened.rows.place(1).endswith("a.jsonl:4")
