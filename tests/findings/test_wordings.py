"""Texts that are nearly the same; and those that only look so."""

from __future__ import annotations

import pytest

from ftcli.contracts.chats import Chat, Turn
from ftcli.findings.wordings import are_like, words_of
from tests.findings.planted import sentence

LONG = sentence(1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I don't like it at all.", "i don’t like it at all"),
        (("I", "like", "it"), "I like it!"),
        (LONG, LONG.replace(LONG.split()[4], "other", 1)),
        ("位于徐家汇中心地段，房价经济实惠", "位于徐家汇中心地段, 房价经济实惠!"),
        (Chat([Turn("user", "Hi there")]), "hi there"),
    ],
)
def test_alike(one: object, other: object) -> None:
    assert are_like(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A man is playing a guitar on a stage", "A girl is playing a guitar on a stage"),
        (f"{LONG} 12 apples", f"{LONG} 13 apples"),
        (LONG, sentence(2)),
        (LONG, " ".join(LONG.split()[:20])),
        ("good", "bad"),
    ],
)
def test_not_alike(one: object, other: object) -> None:
    assert not are_like(one, other)


def test_words_are_in_one_case_and_form() -> None:
    assert words_of("Ｆull WIDTH, 1st—und Straße_3 中文") == [
        "full",
        "width",
        "1st",
        "und",
        "strasse",
        "3",
        "中",
        "文",
    ]
