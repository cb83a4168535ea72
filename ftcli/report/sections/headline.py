"""The watched figure with its interval, and how it came about; of several runs all figures side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ftcli.metrics.figures import lower_is_better
from ftcli.report.checked import Number
from ftcli.report.markup import Html, duration, element, figure, joined, name, swatch
from ftcli.report.outcomes import Figure
from ftcli.report.run import Run
from ftcli.report.sections.first_look import first_look


def section(runs: Sequence[Run]) -> Html:
    """The head of the page."""
    if len(runs) > 1:
        return element("section", element("h2", "Figures"), side_by_side(runs), id="figures")
    run = runs[0]
    return joined(
        element("section", _state(run), _hero(run), _facts(run), class_="hero"),
        first_look(run),
    )


def _state(run: Run) -> Html | None:
    if run.ended:
        return None
    of = [" of ", figure(run.planned)] if run.planned else []
    done = (
        [figure(run.history.done), *of, " epochs are done"] if run.history.done or of else "no epoch is done"
    )
    return element(
        "p", "This run has not ended: ", done, ". Below is what it has logged so far.", class_="state"
    )


def _hero(run: Run) -> Html:
    if (found := run.headline) is not None and run.outcomes is not None:
        split = run.outcomes.split
        examples = run.outcomes.examples or run.examples.get(split)
        on = [" on ", figure(examples), " examples of "] if examples else [" on "]
        return joined(
            element("p", element("span", run.metric, class_="metric"), on, name(split), class_="kicker"),
            element("p", figure(found.value), class_="big"),
            _range(found),
        )
    values = dict(run.history.epochs.get(f"val_{run.metric}", ()))
    best = run.best
    if best is None or best not in values:
        return element("p", "No figure is known yet.", class_="kicker")
    return joined(
        element(
            "p", element("span", run.metric, class_="metric"), " on val, best epoch so far", class_="kicker"
        ),
        element("p", figure(values[best]), class_="big"),
    )


def _range(found: Figure) -> Html | None:
    """The interval in figures, and drawn where it lies between 0 and 1."""
    if found.low is None or found.high is None:
        return None
    within = 0 <= found.low <= found.value <= found.high <= 1
    style = f"--low:{found.low:.4f};--high:{found.high:.4f};--at:{found.value:.4f}"
    drawn = element("span", element("i"), class_="range", style=style, aria_hidden="true") if within else None
    return element("p", drawn, interval(found), " ", element("small", found.interval), class_="interval")


def interval(found: Figure) -> Html | None:
    """`0.7704 to 0.9213`, or nothing."""
    if found.low is None or found.high is None:
        return None
    return element("span", figure(found.low), " to ", figure(found.high), class_="nowrap")


def _facts(run: Run) -> Html:
    facts = [(term, value) for term, value in facts_of(run) if value is not None]
    return element(
        "dl", [element("div", element("dt", t), element("dd", v)) for t, v in facts], class_="facts"
    )


def facts_of(run: Run) -> Iterator[tuple[str, Html | None]]:
    """What one wants to know beside the figure."""
    epochs = run.epochs or run.history.done
    yield "best epoch", joined(figure(run.best), " of ", figure(epochs)) if run.best else None
    yield "linear probe", _baseline(run)
    yield "training", duration(run.seconds) if run.seconds is not None else None
    trained, total = run.parameters.get("trained"), run.parameters.get("total")
    known = trained is not None and total is not None
    yield "trained parameters", joined(figure(trained), " of ", figure(total)) if known else None
    yield "ended", joined(run.stopped) if run.stopped and run.planned != 0 else None


def _baseline(run: Run) -> Html | None:
    """What a linear layer on the frozen features scores, which training had to beat."""
    if (probe := run.baseline) is None:
        return None
    reason = "it is the model, no step was taken" if run.is_probe else "kept, as no epoch was better"
    kept = f": {reason}" if probe.kept else ""
    return joined(figure(probe.value), f" on {probe.on}{kept}")


def side_by_side(runs: Sequence[Run]) -> Html:
    """A row for each figure that any of the runs has, the watched ones first; the best of each row stands out."""
    of = [dict(run.outcomes.figures) if run.outcomes else {} for run in runs]
    watched = [run.metric for run in runs if run.metric]
    names = dict.fromkeys([*watched, *(key for figures in of for key in figures)])
    heads = [element("th", swatch(index), name(run.name, 40), class_="num") for index, run in enumerate(runs)]
    rows = [_figure_row(key, [figures.get(key) for figures in of]) for key in names]
    facts: dict[str, list[Html | None]] = {}
    for index, run in enumerate(runs):
        for term, value in (("scored", _scored(run)), *facts_of(run)):
            facts.setdefault(term, [None] * len(runs))[index] = value
    for term, values in facts.items():
        cells = [element("td", value or figure(None), class_="num") for value in values]
        rows.append(element("tr", element("th", term, scope="row"), cells, class_="fact"))
    table = element(
        "table", element("thead", element("tr", element("th"), heads)), element("tbody", rows), class_="wide"
    )
    return element("div", table, class_="scroll", tabindex=0)


def _scored(run: Run) -> Html | None:
    if run.outcomes is None:
        return None if run.ended else joined("has not ended")
    examples = run.outcomes.examples
    return joined(name(run.outcomes.split), [": ", figure(examples), " examples"] if examples else None)


def _figure_row(key: str, figures: Sequence[Figure | None]) -> Html | None:
    if not any(figures):
        return None
    values = [one.value for one in figures if one is not None]
    best = _best(values, lower_is_better(key))
    cells = []
    for one in figures:
        if one is None:
            cells.append(element("td", figure(None), class_="num"))
            continue
        shown = element("strong", figure(one.value)) if one.value == best else figure(one.value)
        between = interval(one)
        cells.append(element("td", shown, element("small", between) if between else None, class_="num"))
    return element("tr", element("th", name(key), scope="row"), cells)


def _best(values: Sequence[Number], lower: bool) -> Number | None:
    """The best of several; none where they are all the same."""
    if len(set(values)) < 2:
        return None
    return min(values) if lower else max(values)
