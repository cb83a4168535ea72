"""Classes that no held-out row shows are compared, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import ParityError
from ftcli.ship.parity.classes import compare_classes

CLASSES = ["O", "B-person", "B-place"]


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("preprocess.json", {"classes": ["O", "B-place", "B-person"]}),
        ("config.json", {"id2label": {"2": "B-person", "0": "O", "1": "B-place"}}),
    ],
)
def test_two_that_are_exchanged_are_found(tmp_path: Path, name: str, document: dict[str, Any]) -> None:
    (tmp_path / name).write_text(json.dumps(document))
    compare_classes(tmp_path, ["O", "B-place", "B-person"])
    compare_classes(tmp_path, [])
    with pytest.raises(ParityError, match=f"{name}: class 1 is 'B-place' in place of 'B-person'"):
        compare_classes(tmp_path, CLASSES)
    with pytest.raises(ParityError, match=f"{name} names 3 classes in place of 2"):
        compare_classes(tmp_path, CLASSES[:2])


def test_an_export_may_name_none(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    compare_classes(tmp_path, CLASSES)
