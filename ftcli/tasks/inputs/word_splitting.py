"""The words of a plain text.

Scripts of exports hold this code, so it needs nothing but Python.
"""

from __future__ import annotations

import re

# Marks before a word, and behind it.
_BEFORE, _BEHIND = "\"'([{<“‘«¿¡", "\"')]}>”’».,;:!?…"
_RUN = re.compile(r"(.)\1*")


def split_words(text: str) -> tuple[str, ...]:
    """The words of a plain text: what white space separates, without the marks around it, which are words of their own.

    Marks are brackets, quotes and . , ; : ! ? …; equal ones in a row are one word. So `(see fig.2)!!` is
    `( see fig.2 ) !!`, and `don't @you #tag` stay as they are.
    """
    found: list[str] = []
    for piece in text.split():
        rest = piece.lstrip(_BEFORE)
        word = rest.rstrip(_BEHIND)
        found += [run[0] for run in _RUN.finditer(piece[: len(piece) - len(rest)])]
        found += [word] if word else []
        found += [run[0] for run in _RUN.finditer(rest[len(word) :])]
    return tuple(found)
