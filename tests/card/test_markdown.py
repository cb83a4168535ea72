"""Markdown that is escaped by construction, as a parser of CommonMark with tables sees it."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ftcli.card.markdown import (
    Markdown,
    blocks,
    bullets,
    details,
    fenced,
    heading,
    joined,
    literal,
    name,
    number,
    strong,
    table,
    text,
)
from ftcli.report.markup import visible

PARSER = MarkdownIt("commonmark").enable("table")
# What a text may be without being markup.
PLAIN = {
    "paragraph_open",
    "paragraph_close",
    "inline",
    "text",
    "list_item_open",
    "list_item_close",
    "softbreak",
}
ATTACKS = (
    "<img src=x onerror=alert(1)>", "[a](javascript:x)", "![a](http://x)", "**a**", "_a_", "__a__", "`a`", "a | b",
    "# a", "- a", "+ a", "1. a", "2) a", "> a", "---", "===", "***", "a\n\n# b", "```\na", "~~~", "<!-- answer:use -->",
    "&lt;", "\\*a\\*", "https://x.com", "www.x.com", "$x$", "<a@b.c>", "a@b.c", "[x]: y", "    code", "* a",
    "\u202egnp",
)  # fmt: skip


def tokens(markdown: str) -> set[str]:
    """The kinds of tokens in a text, also those within lines."""
    found = PARSER.parse(markdown)
    return {one.type for token in found for one in (token, *(token.children or ()))}


def words(markdown: str) -> str:
    """The text that is shown."""
    found = PARSER.parse(markdown)
    return "".join(one.content for token in found for one in token.children or ())


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_name_becomes_markup(attack: str) -> None:
    shown = name(attack)
    one_line = " ".join(attack.split())
    for markdown in (
        shown,
        joined("a ", shown, " b"),
        bullets([shown, shown]),
        table([shown, "x"], [[shown, "y"]]),
    ):
        kinds = {
            kind for kind in tokens(markdown) - PLAIN if not kind.startswith(("table", "t", "bullet_list"))
        }
        assert kinds == set()
        assert visible(one_line) in words(markdown)
    assert "<!--" not in shown
    assert "\n" not in shown
    assert "\u202e" not in shown


@given(st.text(max_size=40))
def test_a_text_is_shown_as_it_is(content: str) -> None:
    content = " ".join(content.split())
    assert tokens(joined("a", text(content), "b")) <= PLAIN
    assert html.unescape(text(content)) == visible(content)


def test_usual_names_are_not_changed() -> None:
    for usual in ("traffic_light", "daisy", "Grün 猫", "a-b", "3.5", "n/a", "f1_macro"):
        assert name(usual) == usual
    assert name("x" * 100) == "x" * 59 + "…"
    assert name("") == "(empty)"


def test_code_is_code_or_a_text() -> None:
    assert literal("training.epochs") == "`training.epochs`"
    assert literal("a`b") == "a&#96;b"
    assert literal("a|b") == "a&#124;b"
    assert tokens(literal("<b>")) <= PLAIN
    assert literal("x" * 200).startswith("xxx")


def test_a_fence_holds_whatever_is_within() -> None:
    shown = fenced("a: ```\n````\n<!-- answer:use -->\x1b[2J\n", "yaml")
    (block,) = PARSER.parse(shown)
    assert block.type == "fence"
    assert block.info == "yaml"
    assert block.content == "a: ```\n````\n<! -- answer:use -->\\x1b[2J\n"


def test_the_parts_of_a_document() -> None:
    assert heading("a_", 3) == "### a&#95;"
    assert strong("a*") == "**a&#42;**"
    assert number(None) == "–"
    assert number(0.8625) == "0.8625"
    assert number(1200) == "1,200"
    assert blocks("a", None, Markdown(), "b") == "a\n\nb"
    assert table(["a", "b"], []) == ""
    assert table(["a", "b"], [["x", "1"]], numbers=True) == "| a | b |\n| --- | ---: |\n| x | 1 |"
    assert details("a<", Markdown("b")) == "<details>\n<summary>a&lt;</summary>\n\nb\n\n</details>"
