"""How lines become cells."""

from __future__ import annotations

import pytest

from ftcli.data.formats.dialect import Dialect, Sample, fitting, is_escaped


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (r'"a \"b\", c",x', ['a "b", c', "x"]),
        (r'"a \\",x', ["a \\", "x"]),
        (r'"C:\new\\old",x', ["C:\\new\\old", "x"]),
        (r'"a ""b""",\n', ['a "b"', "\\n"]),
        (r"a \" b,x", ['a " b', "x"]),
        ('"a \\"b\\"\nc",x', ['a "b"\nc', "x"]),
    ],
)
def test_an_escape_is_that_of_quotes_and_of_itself_alone(line: str, cells: list[str]) -> None:
    assert list(Dialect(escape="\\").rows([line])) == [cells]


def test_the_format_in_which_rows_have_the_same_number_of_columns() -> None:
    lines = ["name;size\n", "a;1,5\n", "b;2,5\n", "c, d;3\n"]
    assert fitting(Sample.of(lines), ",") == (Dialect(";"), 1.0, 2)
    assert fitting(Sample.of(["one\n", "two\n"]), ",")[1] == 0


def test_what_a_sample_knows() -> None:
    sample = Sample.of(["sep=;\n", 'a;"b \\"c\\""\n'])
    assert (sample.separator, sample.skip, sample.escapes(), sample.whole) == (";", 1, 2, True)
    assert is_escaped(sample, ";")
    assert not is_escaped(Sample.of(['a;"b ""c"""\n', '"\\";d\n']), ";")


def test_a_row_that_the_sample_cuts_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.data.formats.dialect.SAMPLE_LINES", 2)
    sample = Sample.of(["a,b\n", 'c,"d\n', 'e"\n'])
    assert (list(sample.rows(Dialect())), sample.whole) == ([["a", "b"]], False)
