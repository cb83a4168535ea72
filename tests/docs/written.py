"""What is documented: the written pages, and those that `scripts/docs` makes, without mkdocs."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SCRIPTS = ROOT / "scripts" / "docs"
# README, AGENTS.md and the pages, as paths from the root.
FILES = sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "README.md", ROOT / "AGENTS.md", *DOCS.glob("pages/*.md"))
)


def text(name: str) -> str:
    """A written page."""
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def script(name: str) -> Any:
    """A module of `scripts/docs`, as mkdocs imports it."""
    sys.path.insert(0, str(SCRIPTS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(SCRIPTS))


@cache
def generated() -> dict[str, str]:
    """The generated pages, by name."""
    return {name: page() for name, page in script("hooks").PAGES.items()}


def blocks(name: str, language: str = "") -> list[str]:
    """The code blocks of a page that are in a language; "" for those that name none."""
    return re.findall(rf"^```{language}\n(.*?)^```", text(name), flags=re.DOTALL | re.MULTILINE)


def inline(name: str) -> Iterator[str]:
    """What stands between single backticks, outside code blocks."""
    prose = re.sub(r"^```.*?^```", "", text(name), flags=re.DOTALL | re.MULTILINE)
    yield from (" ".join(one.split()) for one in re.findall(r"`([^`]+)`", prose))
