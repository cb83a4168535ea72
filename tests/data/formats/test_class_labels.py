"""Names of classes in the description of a file."""

from __future__ import annotations

import pytest

from ftcli.data.formats.class_labels import METADATA, NamedCells, class_labels, features_of, named
from ftcli.errors import DataError

CLASSES = {"names": ["no", "yes"], "_type": "ClassLabel"}


@pytest.mark.parametrize(
    ("feature", "path"),
    [
        (CLASSES, ("x",)),
        ({"feature": CLASSES, "_type": "Sequence"}, ("x",)),
        ({"feature": CLASSES, "_type": "List"}, ("x", "0")),
        ([CLASSES], ("x",)),
        ({"y": CLASSES, "z": {"dtype": "string", "_type": "Value"}}, ("x", "y")),
        ({"feature": {"y": CLASSES}, "_type": "Sequence"}, ("x", "y")),
        ([{"y": [CLASSES]}], ("x", "0", "y")),
    ],
)
def test_names_of_classes(feature: object, path: tuple[str, ...]) -> None:
    assert class_labels({"x": feature}, path) == ("no", "yes")


@pytest.mark.parametrize(
    "feature", [{"dtype": "int64", "_type": "Value"}, {"feature": {"_type": "Value"}}, [], None]
)
def test_columns_without_names(feature: object) -> None:
    assert class_labels({"x": feature}, ("x",)) is None
    assert class_labels({}, ("x", "y")) is None


@pytest.mark.parametrize("content", [b"no", b"[]", b'{"info": 3}', b'{"info": {"features": []}}'])
def test_descriptions_that_are_none(content: bytes) -> None:
    assert features_of({METADATA: content}) == {}
    assert features_of(None) == {}


def test_cells_with_names() -> None:
    cells = NamedCells({"a.b": ("a", "b")}, ("no", "yes"), "a.b", lambda row: f"row {row}")
    assert cells.of({"a": {"b": [1, 0, -1, None]}}, 1)["a.b"] == ["yes", "no", None, None]
    with pytest.raises(DataError, match=r"row 7: class 2, and the file has names for 0\.\.1"):
        cells.of({"a": {"b": 2}}, 7)
    assert named("yes", ("no", "yes"), "") == "yes"
