"""What to look at first: the weakest class, the most frequent confusion, labels that may be wrong, findings."""

from __future__ import annotations

from collections.abc import Iterator

from ftcli.report.markup import Html, element, figure, joined, name
from ftcli.report.run import Run
from ftcli.report.sections.classes import column_of_names, weakest

_MOST_FINDINGS = 3


def first_look(run: Run) -> Html | None:
    """A list of sentences, each with a link to the part of the page that shows more; nothing where there are none."""
    found = [*_weakest_class(run), *_confusion(run), *_doubtful(run), *_findings(run), *_best_is_last(run)]
    missing = element("ul", [element("li", problem) for problem in run.problems], class_="missing")
    return joined(
        element(
            "section",
            element("h2", "What to look at first"),
            element("ul", [element("li", one) for one in found], class_="look"),
        )
        if found
        else None,
        element("aside", element("h2", "What is missing"), missing) if run.problems else None,
    )


def _link(content: Html, part: str) -> Html:
    return element("a", content, href=f"#{part}")


def _weakest_class(run: Run) -> Iterator[Html]:
    if run.outcomes is None or (row := weakest(run.outcomes.per_class)) is None:
        return
    names = column_of_names(run.outcomes.per_class)
    numbers: list[Html | str] = []
    for key, value in row.items():
        if key != names and not isinstance(value, str):
            numbers += [", " if numbers else "", f"{key} ", figure(value)]
    weak = _link(element("strong", name(str(row.get(names, "")))), "classes")
    yield joined("The weakest class is ", weak, ": ", numbers, ".")


def _confusion(run: Run) -> Iterator[Html]:
    if run.outcomes is not None and run.outcomes.confused:
        pair = run.outcomes.confused[0]
        times = [figure(pair.count), " times" if pair.count != 1 else " time"]
        true = _link(element("strong", name(pair.true)), "confusion")
        said = element("strong", name(pair.predicted))
        yield joined("The most frequent confusion: ", true, " was taken for ", said, " ", times, ".")


def _doubtful(run: Run) -> Iterator[Html]:
    """The count is that of the examples that are shown."""
    if run.outcomes is None:
        return
    doubtful = [one for one in run.outcomes.errors if one.doubtful]
    if doubtful:
        which = _link(element("strong", "labels that may be wrong"), "errors")
        first = element("code", name(doubtful[0].id))
        yield joined("Among the worst errors are ", which, ", where the model is sure: first ", first, ".")


def _findings(run: Run) -> Iterator[Html]:
    serious = [finding for finding in run.findings or () if finding.severity != "note"]
    for finding in serious[:_MOST_FINDINGS]:
        yield joined(_link(element("strong", "Data"), "data"), ": ", finding.message)


def _best_is_last(run: Run) -> Iterator[Html]:
    best, last = run.best_epoch or 0, run.epochs or 0
    if run.ended and best == last > 1:
        best_epoch = _link(element("strong", "The best epoch is the last"), "curves")
        yield joined(best_epoch, ": longer training may still help.")
