"""Objects of JSON documents."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ftcli.data.formats.json_objects import BadJsonError, Document, columns_of, first_value, is_cut


def pieces(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("indent", [None, 1])
def test_items_and_where_they_are(size: int, indent: int | None) -> None:
    values = [{"a": 'ä \\ " ]}', "b": [1, -2.5e3, True, None]}, {"a": "\n😀", "b": {}}, {}]
    text = "\ufeff " + json.dumps(values, ensure_ascii=False, indent=indent)
    found = list(Document(pieces(text, size)).items())
    assert [item.value for item in found] == values
    raw = text.encode()
    assert [json.loads(raw[item.start : item.end]) for item in found] == values
    assert [item.line for item in found] == [1 + raw[: item.start].count(b"\n") for item in found]


def test_the_list_under_a_key_and_values_one_after_another() -> None:
    text = '{"a": {"b": [1]}, "rows": [{"x": 1}, {"x": 2}], "c": 3}'
    assert [item.value for item in Document([text]).items("rows")] == [{"x": 1}, {"x": 2}]
    assert [item.value for item in Document(['{"x": 1}\n{"x"', ": 2}"]).items()] == [{"x": 1}, {"x": 2}]
    assert first_value('{"x": 1},\n {"x"') == {"x": 1}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[{"a": 1},\n{"a": 2} {"a": 3}]', 2, "',' is wanted"),
        ('[{"a": 1},\n{"a": oops}]', 2, "not JSON"),
        ('[{"a": 1},\n', 2, "not JSON"),
        ('[{"a": "x', 1, "not JSON: Unterminated"),
        ('[{"a": "\\ud83d"}]', 1, "half a character"),
        ("[" * 100_000, 1, "not JSON"),
    ],
)
def test_documents_that_are_wrong(text: str, line: int, words: str) -> None:
    with pytest.raises(BadJsonError, match=words) as caught:
        list(Document(pieces(text, 16)).items())
    assert caught.value.line == line


def test_lines_that_an_object_ends_in() -> None:
    assert is_cut('{"a": [1,\n')
    assert is_cut("{\n")
    assert not is_cut('{"a": 1}\n')
    assert not is_cut('{"a" 1}\n')


def test_objects_that_are_columns() -> None:
    columns = {"a": [1, 2], "b": [3, 4]}
    assert columns_of(columns) == columns
    assert columns_of({"a": {"0": 1, "1": 2}, "b": {"0": 3, "1": 4}}) == columns
    assert columns_of({"0": {"a": 1, "b": 3}, "1": {"a": 2, "b": 4}}) == columns
    for other in ({"a": [1], "b": [2, 3]}, {"a": 1, "b": 2}, {"a": {"x": 1}, "b": {"x": 2}}, {"a": [1]}):
        assert columns_of(other) == {}
    assert columns_of({"a": [{"x": 1}], "b": [{"x": 2}]}) == {}
