"""Several runs on the same examples: a paired test of each against the first, and where they differ most."""

from __future__ import annotations

from collections.abc import Sequence

from ftcli.report.common import Differing, Tested, paired_test
from ftcli.report.markup import Html, element, figure, name, swatch
from ftcli.report.run import Run
from ftcli.system.bounded import UnreadableError

_CHANCE = 0.05


def section(runs: Sequence[Run]) -> Html | None:
    """A paragraph, and a table of examples, for each run but the first; nothing for one run alone."""
    if len(runs) < 2:
        return None
    parts = [_against(runs[0], run, index) for index, run in enumerate(runs[1:], start=1)]
    return element("section", element("h2", "On the same examples"), parts, id="paired")


def _against(first: Run, run: Run, index: int) -> Html:
    title = element("h3", swatch(index), name(run.name), " against ", swatch(0), name(first.name))
    try:
        tested = paired_test(first, run)
    except UnreadableError as error:
        return element("div", title, element("p", f"No paired test: {error}.", class_="note"))
    return element("div", title, _tested(first, run, tested), _table(first, run, tested.differing))


def _tested(first: Run, run: Run, tested: Tested) -> Html:
    test = tested.test
    common = " examples that both have scored, " if {test.n} != {*tested.scored} else " examples, "
    verdict = "more than chance would explain" if test.p < _CHANCE else "which chance alone could explain"
    return element(
        "p",
        "Of ",
        figure(test.n),
        common,
        name(run.name),
        " is better on ",
        element("strong", figure(test.b_only)),
        ", ",
        name(first.name),
        " on ",
        element("strong", figure(test.a_only)),
        f". Its mean score is {'lower' if test.difference < 0 else 'higher'} by ",
        figure(abs(test.difference)),
        f", {verdict}: p = ",
        element("strong", figure(test.p)),
        f" ({test.method}).",
        class_="test",
    )


def _table(first: Run, run: Run, rows: Sequence[Differing]) -> Html | None:
    if not rows:
        return None
    heads = [element("th", one) for one in ("example", "true")]
    heads += [element("th", name(one.name, 40)) for one in (first, run)]
    body = [
        element(
            "tr",
            element("th", element("code", name(row.id, 60)), scope="row"),
            element("td", name(row.true)),
            [
                element("td", name(predicted), class_="better" if row.scores[i] > row.scores[1 - i] else None)
                for i, predicted in enumerate(row.predicted)
            ],
        )
        for row in rows
    ]
    table = element("table", element("thead", element("tr", heads)), element("tbody", body), class_="wide")
    summary = element("summary", "Where they differ most")
    return element("details", summary, element("div", table, class_="scroll", tabindex=0), open=True)
