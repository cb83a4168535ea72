"""origin.json: where the weights and the data of a run come from, and which licences they state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ftcli.report.checked import fields, items, words

NAME, VERSION = "origin.json", 1
LARGEST = 1 << 20
_MOST_LANGUAGES = 20
_HUB = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
_REVISION = re.compile(r"[0-9a-f]{7,64}")
_LINK = re.compile(r"https?://[\w./%~?=&#:+-]{1,500}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence by its id; `stated_in` says where that stands, `link` leads to the text. Any may be empty."""

    id: str = ""
    stated_in: str = ""
    link: str = ""

    def __bool__(self) -> bool:
        return bool(self.id or self.link)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where weights or data come from: an id on the Hugging Face hub and its commit, where they are there."""

    hub: str = ""
    revision: str = ""
    languages: tuple[str, ...] = ()
    licence: Licence = field(default_factory=Licence)


def origin_of(document: Mapping[str, Any], key: str) -> Origin:
    """What origin.json says of `weights` or `data`; of another version, nothing."""
    of = fields(document.get(key)) if document.get("version") == VERSION else {}
    stated = fields(of.get("licence"))
    licence = Licence(
        words(stated.get("id")) or "",
        words(stated.get("stated_in")) or "",
        _matching(_LINK, stated.get("link")),
    )
    languages = tuple(one for given in items(of.get("languages"))[:_MOST_LANGUAGES] if (one := words(given)))
    return Origin(
        _matching(_HUB, of.get("hub")), _matching(_REVISION, of.get("revision")), languages, licence
    )


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
