"""Schemes of tags: one tag a word, such as parts of speech, or spans of words, such as B-person I-person O."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

Scheme = Literal["spans", "tokens"]

OUTSIDE = "O"
# The marks of IOB and IOBES, and those of BILOU that mean the same.
MARKS = {"B": "B", "I": "I", "E": "E", "S": "S", "L": "E", "U": "S"}


def scheme_of(tags: Iterable[str]) -> Scheme:
    """What a set of tags marks: "spans" if each but "O" begins as B-, I-, E-, S-, L- or U-, or is B, I, ... alone.

    Else "tokens", as with parts of speech.
    """
    marked = set(tags) - {OUTSIDE}
    spans = bool(marked) and all(tag[:1] in MARKS and tag[1:2] in ("", "-") for tag in marked)
    # Parts of speech may have one letter too, but a scheme says where a span begins or goes on.
    return "spans" if spans and any(tag[0] in "BI" for tag in marked) else "tokens"


def parsed(tag: str, scheme: Scheme) -> tuple[str, str]:
    """The mark and the type of a tag; a span that has no type is of the type "_"."""
    if tag == OUTSIDE:
        return OUTSIDE, ""
    if scheme == "tokens" or tag[:1] not in MARKS or tag[1:2] not in ("", "-"):
        return "S", tag
    return MARKS[tag[0]], tag[2:] or "_"


def completed(tags: Iterable[str]) -> set[str]:
    """The tags, and the missing tags of each type: B-X implies I-X, though the split may have no span of two words.

    The marks of a type are B, I, and those that any type has. Tags that do not mark spans imply none.
    """
    known = set(tags)
    if scheme_of(known) == "tokens":
        return known
    marked = known - {OUTSIDE}
    marks = {tag[0] for tag in marked} | {"B", "I"}
    return known | {mark + tag[1:] for mark in marks for tag in marked}


def spelled_out(names: Iterable[str], tags: Collection[str]) -> tuple[str, ...]:
    """`names` of types as those of `tags` that mark them, in order; "O" before all others, if it is among `tags`."""
    scheme = scheme_of(tags)
    found = [OUTSIDE] if OUTSIDE in tags else []
    for name in names:
        of_type = sorted(tag for tag in tags if tag != OUTSIDE and parsed(tag, scheme)[1] == name)
        found += [name] if name in tags or not of_type else of_type
    return tuple(dict.fromkeys(found))
