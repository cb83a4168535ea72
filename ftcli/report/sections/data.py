"""What the run was trained and scored on: counts by split, and what was found in the data."""

from __future__ import annotations

from collections.abc import Sequence

from ftcli.report.findings import Finding
from ftcli.report.markup import Html, element, figure, name, swatch
from ftcli.report.run import Run


def section(runs: Sequence[Run]) -> Html | None:
    """Counts and findings, as far as any are known."""
    counts = _counts(runs) if any(run.examples for run in runs) else None
    findings = [_findings(run, titled=len(runs) > 1) for run in runs if run.findings is not None]
    if counts is None and not findings:
        return None
    return element("section", element("h2", "Data"), counts, findings, id="data")


def _counts(runs: Sequence[Run]) -> Html:
    splits = dict.fromkeys(split for run in runs for split in run.examples)
    titled = len(runs) > 1
    heads = [element("th", ""), *(element("th", name(split), class_="num") for split in splits)]
    rows = []
    for index, run in enumerate(runs):
        title = [swatch(index), name(run.name, 40)] if titled else "examples"
        cells = [element("td", figure(run.examples.get(split)), class_="num") for split in splits]
        rows.append(element("tr", element("th", title, scope="row"), cells))
    table = element("table", element("thead", element("tr", heads)), element("tbody", rows))
    return element("div", table, class_="scroll", tabindex=0)


def _findings(run: Run, *, titled: bool) -> Html:
    title = element("h3", name(run.name)) if titled else None
    if not run.findings:
        return element("div", title, element("p", "Nothing was found that is wrong with it.", class_="note"))
    found = [element("li", _finding(one), class_=one.severity) for one in run.findings]
    return element("div", title, element("ul", found, class_="findings"))


def _finding(one: Finding) -> list[Html | None]:
    places = [element("li", element("code", place)) for place in one.places]
    return [
        element("p", element("b", one.severity, class_="severity"), " ", one.message),
        element("p", one.advice, class_="note") if one.advice else None,
        element("details", element("summary", "where"), element("ul", places)) if places else None,
    ]
