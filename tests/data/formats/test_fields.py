"""Dotted names."""

from __future__ import annotations

import pytest

from ftcli.data.formats.fields import (
    field_names,
    flattened,
    inner_paths,
    is_empty,
    is_field,
    path_of,
    with_fields,
)

ROW = {"a": {"b": [{"c": 1}, {"c": 2}], "d.e": 3}, "a.b": 4, "f": None}


@pytest.mark.parametrize(
    ("name", "value"),
    [("a.b", 4), ("a.b.0", ...), ("f.x", None), ("a.x", ...), ("a", ROW["a"])],
)
def test_where_names_lead(name: str, value: object) -> None:
    found = with_fields(ROW, inner_paths([name], ROW))
    assert found.get(name, ...) == value


def test_items_of_lists() -> None:
    row = {"a": {"b": [{"c": 1}, {"c": 2}]}}
    names = ["a.b.1.c", "a.b.7.c", "a.b.c"]
    found = with_fields(row, inner_paths(names, row))
    assert [found.get(name, ...) for name in names] == [2, None, ...]
    assert path_of("x.y", row) == ("x.y",)


def test_the_names_that_rows_have() -> None:
    names = field_names([{"a": {"b": [{"c": 1}]}}, {"a": {"d": 2}, "e": 5}])
    assert names == ("a.b", "a.b.0", "a.b.0.c", "a.d")
    assert is_field("a.b.12.c", names)
    assert not is_field("a.c", names)


def test_flat_rows_keep_files_whole() -> None:
    row = {"a": {"b": {"c": 1}}, "image": {"bytes": b"x", "path": None}, "d": []}
    assert flattened(row) == {"a.b.c": 1, "image": {"bytes": b"x", "path": None}, "d": []}


@pytest.mark.parametrize("cell", [None, "", " \t", float("nan"), {"a": None, "b": ""}, {}])
def test_empty_cells(cell: object) -> None:
    assert is_empty(cell)


@pytest.mark.parametrize("cell", [0, False, [], "x", {"a": 0}, b""])
def test_cells_with_something_in_them(cell: object) -> None:
    assert not is_empty(cell)
