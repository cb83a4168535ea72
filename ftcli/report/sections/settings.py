"""How the run came about: its YAML, the machine, the times, and the command that repeats it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ftcli.errors import command
from ftcli.report.markup import Html, duration, element, name, swatch
from ftcli.report.run import EXPERIMENT, Run

# Each run writes where it is told to.
_OWN = {"output"}


def section(runs: Sequence[Run]) -> Html:
    """The last part of the page."""
    differing = _differing(runs) if len(runs) > 1 else None
    parts = [_of(run, titled=len(runs) > 1) for run in runs]
    return element("section", element("h2", "How it was made"), differing, parts, id="settings")


def differences(runs: Sequence[Run]) -> list[tuple[str, list[str | None]]]:
    """The keys whose values differ between the runs, with the value of each; None where it is not set."""
    keys = dict.fromkeys(key for run in runs for key in run.settings if key not in _OWN)
    rows = [(key, [run.settings.get(key) for run in runs]) for key in keys]
    return [(key, values) for key, values in rows if len(set(values)) > 1]


def _differing(runs: Sequence[Run]) -> Html:
    rows = differences(runs)
    if not rows:
        return element("p", "Their YAML files say the same.", class_="note")
    heads = [element("th", "what differs")]
    heads += [element("th", swatch(index), name(run.name, 40)) for index, run in enumerate(runs)]
    body = [
        element(
            "tr",
            element("th", element("code", name(key)), scope="row"),
            [element("td", "–" if value is None else element("code", name(value, 200))) for value in values],
        )
        for key, values in rows
    ]
    table = element("table", element("thead", element("tr", heads)), element("tbody", body), class_="wide")
    return element("div", table, class_="scroll", tabindex=0)


def _of(run: Run, *, titled: bool) -> Html:
    times = [
        ("training", run.seconds),
        ("until the first step", run.seconds_to_first_step),
    ]
    rows = [(term, duration(seconds)) for term, seconds in times if seconds is not None]
    environment = [(key, element("code", name(value, 200))) for key, value in run.environment.items()]
    log = [element("li", note) for note in run.history.notes]
    again = command("train", run.path / EXPERIMENT, f"output={run.path}-again")
    return element(
        "div",
        element("h3", name(run.name)) if titled else None,
        element("p", "To run it again:", class_="note"),
        element("pre", again),
        element("details", element("summary", EXPERIMENT), element("pre", run.yaml)) if run.yaml else None,
        _listed("Times", rows),
        _listed("Environment", environment),
        element("details", element("summary", "Notes of the training"), element("ul", log)) if log else None,
    )


def _listed(title: str, rows: Iterable[tuple[str, Html]]) -> Html | None:
    shown = [
        element("tr", element("th", name(key), scope="row"), element("td", value)) for key, value in rows
    ]
    return (
        element("details", element("summary", title), element("table", element("tbody", shown)))
        if shown
        else None
    )
