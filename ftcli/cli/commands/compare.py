"""`ftcli compare`: what differs between two runs, and whether the data say that one is better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ftcli.cli.arguments import JsonOption
from ftcli.cli.preconditions import run_of
from ftcli.errors import UserError, command, counted

if TYPE_CHECKING:
    from ftcli.cli.screen import Screen
    from ftcli.report.outcomes import Figure
    from ftcli.report.paired_runs import Tested
    from ftcli.report.run import Run

# Keys of an experiment that say nothing of how it was trained.
_PASSED_OVER = frozenset({"output"})
# Keys that say which examples are scored.
_DATA = ("data.source", "data.train", "data.val", "data.test")
# From here on a difference is more than chance would give in one of twenty comparisons.
_CHANCE = 0.05
# Characters of a value that are shown.
_LONGEST = 40


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="A B", help="Two runs.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Compare two runs: settings that differ, figures with intervals, and a paired test on the same examples."""
    from ftcli.report.paired_runs import paired_test
    from ftcli.report.run import read_run
    from ftcli.system.bounded import UnreadableError

    paths = list(map(run_of, runs))
    _check(paths)
    first, second = map(read_run, paths)
    test: Tested | None = None
    reason = ""
    try:
        test = paired_test(first, second)
    except UnreadableError as error:
        reason = str(error)
    names = _names(first, second)
    if as_json:
        from ftcli.cli.predictions import printable_json

        print(printable_json(_document(first, second, test, reason), indent=2))
        return
    from ftcli.cli.screen import Screen

    screen = Screen()
    _show_settings(screen, first, second, names)
    _show_figures(screen, first, second, names)
    screen.line(_sentence(test, names) if test else f"no paired test: {reason}", style="bold")


def _check(runs: list[Path]) -> None:
    if len(runs) != 2:
        wanted = "two runs" if len(runs) < 2 else f"two runs. For more: {command('report', *runs)}"
        raise UserError(f"{counted(len(runs), 'run')} given; compare takes {wanted}")
    if runs[0].resolve() == runs[1].resolve():
        raise UserError(f"{runs[0]} is given twice; compare takes two runs")


def _names(first: Run, second: Run) -> tuple[str, str]:
    return (str(first.path), str(second.path)) if first.name == second.name else (first.name, second.name)


def _differing(first: Run, second: Run) -> dict[str, tuple[str | None, str | None]]:
    """The keys whose values differ; None where a run has none."""
    keys = dict.fromkeys([*first.settings, *second.settings])
    pairs = {
        key: (first.settings.get(key), second.settings.get(key)) for key in keys if key not in _PASSED_OVER
    }
    return {
        key: (one, other)
        for key, (one, other) in pairs.items()
        if one != other and _number(one) != _number(other)
    }


def _number(value: str | None) -> str | float | None:
    """A value as it is compared: 2e-3 is 0.002."""
    try:
        return value and float(value)
    except ValueError:
        return value


def _figures(first: Run, second: Run) -> dict[str, tuple[Figure | None, Figure | None]]:
    """The figures of both by name, the watched one first."""
    one, other = (dict(run.outcomes.figures) if run.outcomes else {} for run in (first, second))
    names = dict.fromkeys([first.metric, second.metric, *one, *other])
    return {name: (one.get(name), other.get(name)) for name in names if name in one or name in other}


def _same_data(first: Run, second: Run) -> bool:
    """Whether both are figures of the same split of the same data, as far as the experiments say it."""
    one, other = (
        [run.outcomes and run.outcomes.split, *map(run.settings.get, _DATA)] for run in (first, second)
    )
    return one == other


def _heads(names: tuple[str, str]) -> tuple[str, str]:
    """The names as heads of columns, which no other column has."""
    return f"A: {names[0]}", f"B: {names[1]}"


def _show_settings(screen: Screen, first: Run, second: Run, names: tuple[str, str]) -> None:
    from ftcli.cli.terminal_table import shortened_middle, show_rows

    pairs = _differing(first, second)
    if not pairs:
        screen.line("no setting differs")
    shown = [
        {"setting": key}
        | {
            head: shortened_middle("-" if one is None else one, _LONGEST)
            for head, one in zip(_heads(names), pair, strict=True)
        }
        for key, pair in pairs.items()
    ]
    show_rows(screen, shown, paths="setting")
    screen.line()


def _show_figures(screen: Screen, first: Run, second: Run, names: tuple[str, str]) -> None:
    from ftcli.cli.figures import shown_figure, shown_number
    from ftcli.cli.terminal_table import show_rows

    watched = {
        run.metric: f"{'lower' if run.lower_is_better else 'higher'} is better" for run in (first, second)
    }
    rows = []
    for figure, pair in _figures(first, second).items():
        difference = _difference(pair)
        signed = "" if difference is None else f"{'+' if difference > 0 else ''}{shown_number(difference)}"
        shown = [shown_figure(one.value, one.low, one.high) if one else "-" for one in pair]
        row = {"figure": figure, **dict(zip(_heads(names), shown, strict=True)), "difference": signed}
        rows.append(row | {"watched": watched.get(figure, "")})
    show_rows(screen, rows, paths="figure")
    scored = [f"{name} {_scored(run)}" for run, name in zip((first, second), names, strict=True)]
    screen.line(f"scored on {scored[0]}, {scored[1]}")
    if not _same_data(first, second):
        screen.line("note: these are different data, so that the figures cannot be compared", style="yellow")


def _scored(run: Run) -> str:
    if run.outcomes is None:
        return "(not yet)"
    examples = f"{counted(run.outcomes.examples, 'example')} of " if run.outcomes.examples else ""
    return f"({examples}{run.outcomes.split})"


def _difference(pair: tuple[Figure | None, Figure | None]) -> float | None:
    one, other = pair
    return None if one is None or other is None else other.value - one.value


def _sentence(tested: Tested, names: tuple[str, str]) -> str:
    """The test in plain words."""
    from ftcli.cli.figures import shown_number

    test, (a, b) = tested.test, names
    common = f"of the {test.n:,} examples that both have scored, " if {test.n} != {*tested.scored} else ""
    if tested.binary:
        right = counted(test.b_only, "example")
        counts = f"{b} is right on {right} that {a} gets wrong, {a} on {test.a_only:,} that {b} gets wrong"
    else:
        counts = (
            f"{b} scores higher on {test.b_only:,}, {a} on {test.a_only:,} of {test.n:,}; the mean score of {b} is "
            f"{'lower' if test.difference < 0 else 'higher'} by {shown_number(abs(test.difference))}"
        )
    better = b if test.difference > 0 else a
    means = "do not say that they differ" if test.p >= _CHANCE else f"say that {better} is better"
    return f"{common}{counts}: p = {test.p:.2g} ({test.method}); the data {means}"


def _document(first: Run, second: Run, tested: Tested | None, reason: str) -> dict[str, Any]:
    """All of it as JSON has it."""
    return {
        "a": _described(first),
        "b": _described(second),
        "settings": [
            {"key": key, "a": one, "b": other} for key, (one, other) in _differing(first, second).items()
        ],
        "figures": [
            {"figure": name, "a": _bounds(pair[0]), "b": _bounds(pair[1]), "difference": _difference(pair)}
            for name, pair in _figures(first, second).items()
        ],
        "paired": _paired(tested) if tested else None,
        "not_paired": reason or None,
    }


def _described(run: Run) -> dict[str, Any]:
    outcomes = run.outcomes
    return {
        "name": run.name,
        "path": str(run.path),
        "task": run.task,
        "metric": run.metric,
        "lower_is_better": run.lower_is_better,
        "split": outcomes.split if outcomes else None,
        "examples": outcomes.examples if outcomes else None,
    }


def _bounds(figure: Figure | None) -> dict[str, float | None] | None:
    return None if figure is None else {"value": figure.value, "low": figure.low, "high": figure.high}


def _paired(tested: Tested) -> dict[str, Any]:
    test = tested.test
    return {
        "examples": test.n,
        "scored": list(tested.scored),
        "difference": test.difference,
        "p": test.p,
        "method": test.method,
        "a_only": test.a_only,
        "b_only": test.b_only,
    }
