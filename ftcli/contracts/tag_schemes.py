"""Schemes of tags: one tag a word, such as parts of speech, or spans of words, such as B-person I-person O."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import product

OUTSIDE = "O"
# What the letters of IOB, IOBES, BILOU, BMES and BMEWO mean: an entity begins, goes on, ends, or is a single word.
MARKS = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}
# Between a mark and a type, the usual one first.
SEPARATORS = ("-", "_", ":", "/", ".", "|")


@dataclass(frozen=True, slots=True)
class Scheme:
    """How tags mark spans of words; with no `separator` they mark none, and each is of its word.

    The usual tags are B-person, I-person and O. `last` is for person-B, `small` for b-person; `outside` is the tag of
    words that are in no span.
    """

    separator: str = ""
    last: bool = False
    small: bool = False
    outside: str = OUTSIDE

    @property
    def spans(self) -> bool:
        """Whether tags mark spans."""
        return self.separator != ""

    def split(self, tag: str) -> tuple[str, str] | None:
        """The letter and the type of a tag, "" where it has none; None for a tag without a mark."""
        mark, rest = (tag[-1:], tag[:-1][::-1]) if self.last else (tag[:1], tag[1:])
        known = self.spans and mark == (mark.lower() if self.small else mark.upper())
        if not known or mark.upper() not in MARKS or rest[:1] not in ("", self.separator):
            return None
        return mark, rest[1:][::-1] if self.last else rest[1:]

    def joined(self, mark: str, name: str) -> str:
        """The tag of a letter and a type."""
        if not name:
            return mark
        return f"{name}{self.separator}{mark}" if self.last else f"{mark}{self.separator}{name}"

    def parsed(self, tag: str) -> tuple[str, str]:
        """What a tag means, B, I, E, S or O, and its type; a span that has no type is of the type "_"."""
        if tag == self.outside:
            return OUTSIDE, ""
        if (found := self.split(tag)) is None:
            return "S", tag
        mark, name = found
        return MARKS[mark.upper()], name or "_"


TOKENS = Scheme()
SPANS = Scheme("-")
_FORMS = tuple(
    Scheme(*form) for form in product(SEPARATORS, (False, True), (False, True), (OUTSIDE, OUTSIDE.lower()))
)


def scheme_of(tags: Iterable[str]) -> Scheme:
    """What a set of tags marks: spans if each but "O" has a mark, in the same form as all others.

    Else none, as with parts of speech. Other forms than B-person need more, as names of another kind may look like one
    of them: "O", a tag that begins a span, and, where not all do, one that goes on or ends what another one began.
    """
    known = set(tags)
    return next((form for form in _FORMS if _fits(form, known)), TOKENS)


def _fits(form: Scheme, tags: set[str]) -> bool:
    pairs = [form.split(tag) for tag in tags - {form.outside}]
    marks = {pair[0].upper() for pair in pairs if pair is not None}
    if not pairs or None in pairs:
        return False
    # Parts of speech may have one letter too, but a scheme says where a span begins or goes on.
    if form == SPANS:
        return bool(marks & {"B", "I"})
    if "B" not in marks or form.outside not in tags:
        return False
    begun, ended = (
        {name for mark, name in filter(None, pairs) if MARKS[mark.upper()] == one} for one in "BE"
    )
    return marks == {"B"} or bool(marks & {"I", "M"}) or not begun.isdisjoint(ended)


def odd_ones(tags: Iterable[str]) -> tuple[list[str], list[str]]:
    """The tags that look like marks of spans, and the others, where both are there so that none is read as one.

    Both are empty where tags are read as spans, or nothing looks like them.
    """
    known = set(tags)
    if scheme_of(known).spans:
        return [], []
    looks = {form: [tag for tag in known if _marked(form, tag)] for form in _FORMS}
    form = max(looks, key=lambda one: len(looks[one]))
    marks = {tag[-1 if form.last else 0].upper() for tag in looks[form]}
    # A letter and a dash alone are common; a scheme has spans that begin and others that go on or end.
    if "B" not in marks or not marks & {"I", "M", "E", "L"}:
        return [], []
    others = sorted(known - {*looks[form], form.outside})
    return (sorted(looks[form]), others) if others or form.outside not in known else ([], [])


def _marked(form: Scheme, tag: str) -> bool:
    return len(tag) > 2 and form.split(tag) is not None


def completed(tags: Iterable[str]) -> set[str]:
    """The tags, and the missing tags of each type: B-X implies I-X, though the split may have no span of two words.

    The marks of a type are those that begin a span and go on, and those that any type has. Tags that do not mark
    spans imply none.
    """
    known = set(tags)
    scheme = scheme_of(known)
    pairs = [pair for tag in known - {scheme.outside} if (pair := scheme.split(tag)) is not None]
    if not scheme.spans:
        return known
    marks = {mark for mark, _ in pairs}
    usual = {"B", "M" if "M" in {mark.upper() for mark in marks} else "I"}
    marks |= {mark.lower() if scheme.small else mark for mark in usual}
    return known | {scheme.joined(mark, name) for mark in marks for _, name in pairs}


def spelled_out(names: Iterable[str], tags: Collection[str]) -> tuple[str, ...]:
    """`names` of types as those of `tags` that mark them, in order; "O" before all others, if it is among `tags`."""
    scheme = scheme_of(tags)
    found = [scheme.outside] if scheme.outside in tags else []
    for name in names:
        of_type = sorted(tag for tag in tags if tag != scheme.outside and scheme.parsed(tag)[1] == name)
        found += [name] if name in tags or not of_type else of_type
    return tuple(dict.fromkeys(found))
