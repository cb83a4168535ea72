"""The page in a real browser, at two widths, dark and light; and pages that must fail there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.report.page import report
from tests.report.browser import measured, needed, opened
from tests.report.making import CLASSES, YAML, make_run

pytestmark = needed
WIDTHS = (390, 1280)
HOSTILE = (
    "<img src=https://example.com/x.png onerror=alert(1)>", "</script><script>nosuch()</script>",
    '"><b style="position:fixed">', "\u202egnp.exe \x1b[31m", "a" * 300,
)  # fmt: skip
# What lies outside of the page, or is wider than its box; the matrix may scroll.
CUT = """
const wide = innerWidth, found = [];
if (document.documentElement.scrollWidth > wide) found.push("page " + document.documentElement.scrollWidth);
for (const one of document.querySelectorAll("main *")) {
  if (one.closest("details:not([open]) > :not(summary)") || one.closest(".matrix")) continue;
  const box = one.getBoundingClientRect();
  const cut = one.tagName === "text"
    ? (({left, right, top, bottom}) => box.left < left - 1 || box.right > right + 1 || box.top < top - 1 ||
        box.bottom > bottom + 1)(one.closest("svg").getBoundingClientRect())
    : box.left < -1 || box.right > wide + 1 || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0;
  if (cut) found.push(one.tagName + " " + one.className + " " + one.textContent.slice(0, 40));
}
return found;
"""
# Charts, the matrix and the errors.
FIGURES = 4 + 1 + 4


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one run with pictures."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "one.html").write_text(report([make_run(folder / "flowers", pictures=3)]), encoding="utf-8")
    return folder / "one.html"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two runs."""
    folder = tmp_path_factory.mktemp("page")
    first = make_run(folder / "flowers", pictures=3)
    second = make_run(
        folder / "flowers-frozen",
        experiment=YAML.replace("lp-ft", "backbone"),
        right=[float(i % 5 > 0) for i in range(80)],
    )
    (folder / "two.html").write_text(report([first, second]), encoding="utf-8")
    return folder / "two.html"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run whose classes are an attack."""
    folder = tmp_path_factory.mktemp("page")
    run = make_run(
        folder / "<b>run", pictures=3, classes=HOSTILE, experiment=YAML.replace("photos", f'"{HOSTILE[0]}"')
    )
    (folder / "hostile.html").write_text(report([run]), encoding="utf-8")
    return folder / "hostile.html"


@pytest.mark.parametrize("name", ["page", "two", "hostile"])
def test_it_asks_for_nothing_and_reports_no_error(name: str, request: pytest.FixtureRequest) -> None:
    found = opened(request.getfixturevalue(name))
    assert found.console == []
    assert found.requests == []
    assert 'data-ready="1"' in found.dom
    if name != "two":
        assert found.dom.count("<figure") == FIGURES


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["page", "two", "hostile"])
def test_no_text_is_cut(name: str, width: int, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(name)
    assert measured(page, "return innerWidth", width=width) == width
    assert measured(page, CUT, width=width) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_dark_and_light_differ(page: Path, width: int) -> None:
    ask = "return [getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.body).color]"
    dark, light = (measured(page, ask, width=width, dark=dark) for dark in (True, False))
    assert dark == ["rgb(21, 24, 28)", "rgb(227, 225, 220)"]
    assert light == ["rgb(253, 252, 250)", "rgb(33, 37, 43)"]


def test_a_click_on_a_head_sorts_by_value(page: Path) -> None:
    script = """
    const table = document.querySelector("#classes table"), head = table.tHead.rows[0].cells[1];
    const names = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
    const before = names(); head.click(); const up = names(); head.click(); return [before, up, names(), head.ariaSort];
    """
    before, up, down, sort = measured(page, script, width=1280)
    assert before == list(CLASSES)
    assert up[0] in ("dandelion", "tulips")
    assert down[0] == "daisy"
    assert sort == "descending"


@pytest.mark.parametrize(
    ("added", "console", "request_"),
    [
        ('<img src="https://example.com/x.png" alt="">', True, False),
        ("<script>nosuch()</script>", True, False),
    ],
)
def test_a_page_that_asks_or_fails_is_noticed(page: Path, added: str, console: bool, request_: bool) -> None:
    """The checks above find what they look for; with the page's policy, nothing leaves even then."""
    bad = page.with_name("bad.html")
    bad.write_text(page.read_text(encoding="utf-8").replace("</main>", f"{added}</main>"), encoding="utf-8")
    found = opened(bad)
    assert bool(found.console) == console
    assert bool(found.requests) == request_


def test_without_the_policy_a_request_is_seen(tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text('<!doctype html><img src="https://example.com/x.png" alt=""><script>nosuch()</script>')
    found = opened(bad)
    assert found.console
    assert set(found.requests) == {"https://example.com/x.png"}


def test_a_text_that_is_too_wide_is_noticed(page: Path) -> None:
    bad = page.with_name("wide.html")
    added = '<p style="white-space: nowrap">' + "too wide " * 200 + "</p>"
    bad.write_text(page.read_text(encoding="utf-8").replace("</main>", f"{added}</main>"), encoding="utf-8")
    assert measured(bad, CUT, width=390) != []
