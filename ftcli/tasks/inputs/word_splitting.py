"""The words of a plain text.

Scripts of exports hold this code, so it needs nothing but Python.
"""

from __future__ import annotations

import re

_PIECE = re.compile(r"([\"'(\[{<“‘«¿¡]*)(.*?)([\"')\]}>”’».,;:!?…]*)")
_RUN = re.compile(r"(.)\1*")


def split_words(text: str) -> tuple[str, ...]:
    """The words of a plain text: what white space separates, without the marks around it, which are words of their own.

    Marks are brackets, quotes and . , ; : ! ? …; equal ones in a row are one word. So `(see fig.2)!!` is
    `( see fig.2 ) !!`, and `don't @you #tag` stay as they are.
    """
    found: list[str] = []
    for piece in text.split():
        match = _PIECE.fullmatch(piece)
        # A piece has no line break, and each part may be empty.
        assert match is not None
        before, word, after = match.groups()
        found += [run[0] for run in _RUN.finditer(before)]
        found += [word] if word else []
        found += [run[0] for run in _RUN.finditer(after)]
    return tuple(found)
