"""Markup that is escaped by construction, and numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftcli.report.markup import Html, duration, element, figure, joined, name, rounded, text, visible
from tests.report.reading import parsed, text_of


@given(st.text(), st.text())
def test_no_text_becomes_markup(content: str, attribute: str) -> None:
    page = parsed(element("p", content, title=attribute))
    assert [one.tag for one in page.elements] == ["p"]
    assert list(page.elements[0].attributes) == ["title"]
    assert page.faults == []
    assert page.elements[0].attributes["title"] == visible(attribute)


def test_texts_are_escaped_and_markup_is_not() -> None:
    assert joined("<b>", element("i", "&"), None, ["'", Html("<br>")]) == "&lt;b&gt;<i>&amp;</i>&#x27;<br>"
    assert (
        element("td", "x", class_="num", aria_label=None, open=True, hidden=False)
        == '<td class="num" open>x</td>'
    )
    assert element("img", src="data:", alt='"') == '<img src="data:" alt="&quot;">'
    assert element("line", x1=1) == '<line x1="1"/>'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain, Grün 猫 👩‍🚀\n", "plain, Grün 猫 👩‍🚀\n"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066a\u2069\u200f", "\\u2066a\\u2069\\u200f"),
        ("\udcff\x85\x00", "\\udcff\\x85\\x00"),
    ],
)
def test_what_steers_a_terminal_or_the_direction_is_shown(value: str, shown: str) -> None:
    assert visible(value) == shown
    assert text(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, "3"),
        (2230277, "2,230,277"),
        (0.8625, "0.8625"),
        (1.0, "1.0000"),
        (12.3456, "12.346"),
        (804.33357, "804.33"),
        (123456.789, "123,457"),
        (0.0, "0.0000"),
        (-0.0, "0.0000"),
        (0.00012345, "1.2e-04"),
        (-0.5, "-0.5000"),
        (-12.3456, "-12.346"),
    ],
)
def test_numbers_are_rounded_for_people_and_exact_for_programs(value: float, shown: str) -> None:
    assert rounded(value) == shown
    assert figure(value) == f'<data value="{value!r}">{shown}</data>'


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.2, "0.2 s"), (12, "12 s"), (59.7, "1 min 0 s"), (343.2, "5 min 43 s"), (7322, "2 h 2 min")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert text_of(duration(seconds)) == shown


def test_a_long_name_is_cut_and_whole_as_a_tooltip() -> None:
    assert name("a" * 60) == f"<bdi>{'a' * 60}</bdi>"
    assert name("a" * 61) == f'<bdi title="{"a" * 61}">{"a" * 59}…</bdi>'
    assert text_of(figure(None)) == "–"
