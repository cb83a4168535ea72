"""Lists as texts."""

from __future__ import annotations

import pytest

from ftcli.data.cells.lists import all_listed, listed, words_of


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("['a', 'b']", ("a", "b")),
        (" [ 'a' ,'b', ] ", ("a", "b")),
        ('["a", "b"]', ("a", "b")),
        ("['a' 'b']", ("a", "b")),
        ("['a'\n 'b']", ("a", "b")),
        ("[np.str_('a'), np.str_('b')]", ("a", "b")),
        ("('a', 'b')", ("a", "b")),
        ("('a',)", ("a",)),
        ("{'a', 'b'}", ("a", "b")),
        ("[1, 2]", ("1", "2")),
        ("[0. 1.]", ("0", "1")),
        ("[]", ()),
        (r"""['it\'s', "b's", 'a, b', '\xe9\u00e9\n']""", ("it's", "b's", "a, b", "éé\n")),
        (r'["\u00e9 \/ \ud83d\ude00"]', ("é / 😀",)),
    ],
)
def test_the_forms_of_python_json_and_numpy(text: str, wanted: tuple[str, ...]) -> None:
    assert listed(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "a, b",
        "[a, b]",
        "['a'",
        "['a''b']",
        "['a' 'b' ... 'c']",
        "(1)",
        "{}",
        "[",
        "",
        r"['\q']",
        r"['\ud83d']",
        "[print()]",
    ],
)
def test_other_texts_are_not_lists(text: str) -> None:
    assert listed(text) is None


def test_a_column_is_of_lists_where_every_filled_cell_is_one() -> None:
    assert all_listed(["['a']", " ", "['b', 'a']"]) == {"['a']": ("a",), "['b', 'a']": ("b", "a")}
    assert all_listed(["['a']", "b"]) is None
    assert all_listed(["", " "]) is None


def test_a_long_text_that_is_nearly_a_list_takes_no_time() -> None:
    assert listed("[" + "'a' " * 50_000 + "x]") is None
    assert listed("['" + "\\" * 50_001 + "]") is None


def test_the_list_in_a_cell() -> None:
    assert words_of(["a"]) == ["a"]
    assert words_of("['a']") == ("a",)
    assert words_of("a") is None
    assert words_of(None) is None
