"""report.html: one file that asks for nothing from anywhere, complete without its few lines of script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

from ftcli.report import curves
from ftcli.report.chart import draw
from ftcli.report.look import STYLE, source
from ftcli.report.markup import Html, element, figure, name, swatch
from ftcli.report.run import Run, read_run
from ftcli.report.sections import classes, comparing, confusion, data, errors, headline, settings

# More runs than that are not told apart by colours.
MOST_RUNS = curves.COLOURS
_SCRIPT = resources.files("ftcli.report").joinpath("sort.js").read_text(encoding="utf-8")
# Nothing is loaded and nothing runs but what is in the page, whatever a name from data would do.
CSP = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {source(_SCRIPT)}"


def report(paths: Sequence[Path]) -> str:
    """The page of one run, or of several side by side. Raises `RunError` for a folder that is not a run."""
    return page([read_run(path) for path in paths])


def page(runs: Sequence[Run]) -> str:
    """The page of runs that were read."""
    runs = _distinct(runs)
    title = " · ".join(run.name for run in runs)
    content = [
        _head(runs),
        headline.section(runs),
        _figures(runs),
        comparing.section(runs),
        _curves(runs),
        confusion.section(runs),
        classes.section(runs),
        errors.section(runs),
        data.section(runs),
        settings.section(runs),
        element("footer", element("p", "Made by ftcli from the files of the run.", class_="note")),
    ]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=Html(CSP)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title} · ftcli report"),
        element("style", Html(STYLE)),
    )
    body = element("body", element("main", content), element("script", Html(_SCRIPT)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _distinct(runs: Sequence[Run]) -> Sequence[Run]:
    """The runs, by their paths where their folders have the same name."""
    times = Counter(run.name for run in runs)
    return [run if times[run.name] == 1 else replace(run, name=str(run.path)) for run in runs]


def _head(runs: Sequence[Run]) -> Html:
    tasks = list(dict.fromkeys(run.task for run in runs if run.task))
    models = list(dict.fromkeys(run.backbone for run in runs if run.backbone))
    names = [
        [element("span", " and ", class_="and") if index else None, swatch(index), name(run.name)]
        for index, run in enumerate(runs)
    ]
    title = element("h1", names if len(runs) > 1 else name(runs[0].name))
    about = [[" · " if index else "", name(one, 120)] for index, one in enumerate([*tasks, *models])]
    return element("header", title, element("p", about, class_="about"))


def _figures(runs: Sequence[Run]) -> Html | None:
    """All figures of one run, with their intervals."""
    outcomes = runs[0].outcomes
    if len(runs) > 1 or outcomes is None:
        return None
    rows = [
        element(
            "tr",
            element("th", name(key), scope="row"),
            element("td", figure(found.value), class_="num"),
            element("td", headline.interval(found), element("small", found.interval), class_="num"),
        )
        for key, found in outcomes.figures.items()
    ]
    if not rows:
        return None
    heads = [element("th", name(outcomes.split)), element("th", "value", class_="num")]
    heads += [element("th", "interval", class_="num")]
    table = element("table", element("thead", element("tr", heads)), element("tbody", rows), class_="wide")
    return element(
        "section", element("h2", "Figures"), element("div", table, class_="scroll", tabindex=0), id="figures"
    )


def _curves(runs: Sequence[Run]) -> Html | None:
    drawn = [element("figure", draw(chart)) for chart in curves.charts(runs)]
    if not drawn:
        return None
    return element("section", element("h2", "Curves"), element("div", drawn, class_="charts"), id="curves")
