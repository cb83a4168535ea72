"""What a person adds to a card: a licence, and answers to three questions, which stay when the card is made again.

A card ends with the hash of all but these, by which a change elsewhere is noticed: such a card is the person's.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from ftcli.card.hub import UNKNOWN

NAME = "README.md"
UNANSWERED = "*Not answered yet.*"


class Question(NamedTuple):
    """What only a person can say."""

    key: str
    title: str
    asks: str


QUESTIONS = (
    Question("use", "Intended use", "What is the model for, who uses it, and what is it not for?"),
    Question("limits", "Limits and risks", "Where may it be wrong, and what happens then?"),
    Question(
        "ethics",
        "Ethical considerations",
        "Whom do its data show, did they agree, and whom could its use harm?",
    ),
)
_BEGIN, _END = "<!-- answer:{} -->", "<!-- end of the answer -->"
_ANSWER = re.compile(
    rf"(?P<begin>{_BEGIN.format('(?P<key>[a-z]+)')})(?P<answer>.*?)(?P<end>{_END})", re.DOTALL
)
_LICENCE = re.compile(r"^(?P<key>license(?:_name|_link)?): *(?P<value>.*)\n?", re.MULTILINE)
_SEAL = re.compile(r"<!-- ftcli card, sha256 of all but the answers: (?P<sha256>[0-9a-f]{64}) -->\s*\Z")


def place(question: Question, answer: str) -> str:
    """Where an answer stands, with the one that is known."""
    return f"{_BEGIN.format(question.key)}\n{answer or UNANSWERED}\n{_END}"


def answers_of(text: str) -> dict[str, str]:
    """The answers in a card, by the keys of the questions; those that are not answered are left out."""
    found = {one["key"]: one["answer"].strip() for one in _ANSWER.finditer(text)}
    known = {question.key for question in QUESTIONS}
    return {key: answer for key, answer in found.items() if key in known and answer not in ("", UNANSWERED)}


def licence_of(text: str) -> dict[str, str]:
    """The licence that the front matter of a card states, by its keys; nothing for one that is not known."""
    front = text.replace("\r\n", "\n").partition("\n---\n")[0]
    found = {one["key"]: one["value"].strip(" '\"") for one in _LICENCE.finditer(front)}
    return found if found.get("license", UNKNOWN) not in ("", UNKNOWN) else {}


def sealed(text: str) -> str:
    """A card with its last line."""
    return f"{text}\n\n<!-- ftcli card, sha256 of all but the answers: {_hash(text)} -->\n"


def is_ours(text: str) -> bool:
    """Whether a card is one that was made here, and nothing but its answers was changed."""
    text = text.replace("\r\n", "\n")
    seal = _SEAL.search(text)
    return seal is not None and seal["sha256"] == _hash(text[: seal.start()].rstrip("\n"))


def _hash(text: str) -> str:
    front, end, body = text.partition("\n---\n")
    kept = _ANSWER.sub(r"\g<begin>\g<end>", _LICENCE.sub("", front) + end + body)
    return hashlib.sha256(kept.encode("utf-8", "backslashreplace")).hexdigest()
