"""The characters of transcripts as classes of a CTC head."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

BLANK = 0  # the class of no character


@dataclass(frozen=True, slots=True)
class Characters:
    """Class 0 is CTC's blank, the others are `letters` in order."""

    letters: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Characters:
        """All characters of some texts."""
        return cls(tuple(sorted(set().union(*map(set, texts)))))

    def __len__(self) -> int:
        """How many classes there are, the blank included."""
        return 1 + len(self.letters)

    def encode(self, text: str) -> list[int]:
        """The classes of a text. Raises `KeyError` for a character that is none of them."""
        known = {letter: number for number, letter in enumerate(self.letters, start=1)}
        return [known[letter] for letter in text]

    def decode(self, classes: Sequence[int]) -> str:
        """The text of classes, one for each frame: equal neighbours are one, then blanks go (Graves et al. 2006)."""
        before = [BLANK, *classes[:-1]]
        kept = [now for now, last in zip(classes, before, strict=True) if now not in (last, BLANK)]
        return "".join(self.letters[number - 1] for number in kept)


def frames_needed(classes: Sequence[int]) -> int:
    """The fewest frames in which CTC can say them: one each, and a blank between equal neighbours."""
    return len(classes) + sum(a == b for a, b in pairwise(classes))
