"""What a person adds to a card stays, and a change elsewhere is noticed."""

from __future__ import annotations

from pathlib import Path

from ftcli.card.answers import QUESTIONS, UNANSWERED, answers_of, is_ours, licence_of, place, sealed
from ftcli.card.card import card
from tests.report.making import make_run

CARD = sealed("\n\n".join(["# a", *(place(question, "") for question in QUESTIONS), "the end"]))


def test_answers_are_found_and_do_not_count_as_a_change() -> None:
    assert is_ours(CARD)
    assert answers_of(CARD) == {}
    answered = CARD.replace(UNANSWERED, "For **gardens**.\n\nOnly.", 1)
    assert is_ours(answered)
    assert answers_of(answered) == {"use": "For **gardens**.\n\nOnly."}
    assert is_ours(answered.replace("\n", "\r\n"))
    assert place(QUESTIONS[0], answers_of(answered)["use"]) in answered


def test_a_licence_that_a_person_states_is_no_change_and_stays(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    text = card(run)
    assert "\nlicense: unknown\n" in text
    assert licence_of(text) == {}
    stated = text.replace("license: unknown", "license: other\nlicense_name: 'own'\nlicense_link: LICENSE")
    assert is_ours(stated)
    assert not is_ours(text.replace("license: unknown", "license: mit\nlanguage: fr"))
    assert not is_ours(text.replace("## Data", "license: mit\n## Data"))
    (run / "README.md").write_text(stated)
    again = card(run)
    assert "\nlicense: other\nlicense_name: own\nlicense_link: LICENSE\n" in again
    assert "| this model | `other` |" in again
    assert is_ours(again)


def test_a_change_elsewhere_is_noticed() -> None:
    assert not is_ours(CARD.replace("# a", "# b"))
    assert not is_ours(CARD + "more")
    assert not is_ours("# mine")
    assert not is_ours(CARD.replace("sha256 of all", "sha256 of"))


def test_places_that_are_not_ours_are_no_answers() -> None:
    assert answers_of("<!-- answer:other -->x<!-- end of the answer -->") == {}
    assert answers_of("<!-- answer:use -->x") == {}
