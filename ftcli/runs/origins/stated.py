"""What a folder of weights or data states of itself: its licence and its languages. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from ftcli.system.bounded import UnreadableError, read_bytes

_CARD = "README.md"
_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING")
_LARGEST = 1 << 20
# Of the front matter, which is read by a parser.
_LONGEST, _DEEPEST = 64 << 10, 20
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\n(?P<yaml>.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_ID = re.compile(r"[A-Za-z0-9][\w.+-]{0,80}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
# Texts that are taken for a licence only as a whole: words may have been added to them.
_MIT = """
permission is hereby granted free of charge to any person obtaining a copy of this software and associated
documentation files the software to deal in the software without restriction including without limitation
the rights to use copy modify merge publish distribute sublicense and or sell copies of the software and to
permit persons to whom the software is furnished to do so subject to the following conditions the above
copyright notice and this permission notice shall be included in all copies or substantial portions of the
software the software is provided as is without warranty of any kind express or implied including but not
limited to the warranties of merchantability fitness for a particular purpose and noninfringement in no
event shall the authors or copyright holders be liable for any claim damages or other liability whether in
an action of contract tort or otherwise arising from out of or in connection with the software or the use or
other dealings in the software
"""
_MIT_WORDS = re.sub(r"\s+", " ", _MIT).strip()


@dataclass(frozen=True, slots=True)
class Stated:
    """`licence` has an `id`, the file that it is `stated_in`, and a `link`, as far as they are known."""

    licence: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {key: value for key, value in asdict(self).items() if value}


def stated_in(folder: Path) -> Stated:
    """What the front matter of a folder's README.md states, or else a file with the text of a licence."""
    front = _front_matter(folder / _CARD)
    given, languages = front.get("license"), front.get("language")
    listed = languages if isinstance(languages, list) else [languages]
    known = tuple(one for one in listed if isinstance(one, str) and _LANGUAGE.fullmatch(one))[:20]
    if isinstance(given, str) and _ID.fullmatch(given) and given != "unknown":
        link = front.get("license_link")
        named = front.get("license_name") if given == "other" else given
        named = named if isinstance(named, str) and _ID.fullmatch(named) else given
        licence = {"id": named, "stated_in": _CARD}
        return Stated(licence | ({"link": link[:500]} if isinstance(link, str) else {}), known)
    return Stated(_of_text(folder), known)


def _front_matter(path: Path) -> Mapping[str, Any]:
    found = _FRONT.match(_read(path).replace("\r\n", "\n"))
    if found is None or len(found["yaml"]) > _LONGEST or _depth(found["yaml"]) > _DEEPEST:
        return {}
    try:
        # Aliases and tags could make much of little.
        if any(isinstance(token, yaml.AliasToken | yaml.TagToken) for token in yaml.scan(found["yaml"])):
            return {}
        document = yaml.safe_load(found["yaml"])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _depth(text: str) -> int:
    """How deep brackets are nested, for which the parser takes the square of the time."""
    steps = (1 if char in "[{" else -1 for char in text if char in "[{]}")
    return max(accumulate(steps), default=0)


def _of_text(folder: Path) -> dict[str, str]:
    """The licence whose text is that of a file, from its title to its end."""
    for name in _FILES:
        words = " ".join(re.findall(r"[a-z0-9]+", _read(folder / name).lower()))
        if not words:
            continue
        if words.endswith(_MIT_WORDS) and len(words) < len(_MIT_WORDS) + 500:
            return {"id": "mit", "stated_in": name}
        if words.startswith("apache license version 2 0 january 2004") and "commons clause" not in words:
            return {"id": "apache-2.0", "stated_in": name}
        return {}
    return {}


def _read(path: Path) -> str:
    try:
        return read_bytes(path, _LARGEST, follow=True).decode("utf-8", "replace")
    except (OSError, UnreadableError):
        return ""
