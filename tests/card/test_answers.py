"""What a person adds to a card stays, and a change elsewhere is noticed."""

from __future__ import annotations

from ftcli.card.answers import QUESTIONS, UNANSWERED, answers_of, is_ours, place, sealed

CARD = sealed("\n\n".join(["# a", *(place(question, "") for question in QUESTIONS), "the end"]))


def test_answers_are_found_and_do_not_count_as_a_change() -> None:
    assert is_ours(CARD)
    assert answers_of(CARD) == {}
    answered = CARD.replace(UNANSWERED, "For **gardens**.\n\nOnly.", 1)
    assert is_ours(answered)
    assert answers_of(answered) == {"use": "For **gardens**.\n\nOnly."}
    assert is_ours(answered.replace("\n", "\r\n"))
    assert place(QUESTIONS[0], answers_of(answered)["use"]) in answered


def test_a_change_elsewhere_is_noticed() -> None:
    assert not is_ours(CARD.replace("# a", "# b"))
    assert not is_ours(CARD + "more")
    assert not is_ours("# mine")
    assert not is_ours(CARD.replace("sha256 of all", "sha256 of"))


def test_places_that_are_not_ours_are_no_answers() -> None:
    assert answers_of("<!-- answer:other -->x<!-- end of the answer -->") == {}
    assert answers_of("<!-- answer:use -->x") == {}
