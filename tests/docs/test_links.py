"""Links lead somewhere: to a file of the project, to a page, to a heading."""

from __future__ import annotations

import re

import pytest

from tests.docs.written import DOCS, FILES, ROOT, generated, text

ALSO = ["CONTRIBUTING.md", "CHANGELOG.md", "scripts/bench/README.md"]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def slug(heading: str) -> str:
    """The anchor of a heading, as mkdocs and GitHub make it of plain words."""
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.replace("`", "").lower()).strip())


def anchors(page: str) -> set[str]:
    headings = re.findall(r"^#{1,6} (.+)$", page, flags=re.MULTILINE)
    return {slug(one) for one in headings} | set(re.findall(r'id="([^"]+)"', page))


def content(name: str) -> str | None:
    """A page or a file of the project; None where there is none."""
    path = ROOT / name
    if path.parent == DOCS / "pages" and path.name in generated():
        return generated()[path.name]
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None


@pytest.mark.parametrize("name", [*FILES, *ALSO])
def test_links_of_written_pages(name: str) -> None:
    check(name, text(name))


@pytest.mark.parametrize("name", ["keys.md", "commands.md", "gallery.md"])
def test_links_of_generated_pages(name: str) -> None:
    check(f"docs/pages/{name}", generated()[name])


def check(name: str, page: str) -> None:
    for link in LINK.findall(page):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        target = str(path.resolve().relative_to(ROOT.resolve()))
        if (ROOT / target).is_dir():
            continue
        there = content(target)
        assert there is not None, f"{name}: {link}"
        assert not anchor or anchor in anchors(there), f"{name}: {link}"


def test_pages_link_to_nothing_outside_their_folder() -> None:
    """mkdocs builds only what is in it."""
    for name in FILES:
        if name.startswith("docs/"):
            assert not [link for link in LINK.findall(text(name)) if link.startswith("../")], name
