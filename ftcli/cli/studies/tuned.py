"""What `ftcli tune` shows: a line for each rung of a trial, and at the end the table and what follows from it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from ftcli.cli.estimate import duration
from ftcli.cli.figures import shown_number
from ftcli.cli.terminal_table import show_rows
from ftcli.errors import command, counted

if TYPE_CHECKING:
    from ftcli.cli.screen import Screen
    from ftcli.studies.tuning.journal import Record
    from ftcli.studies.tuning.study import Study
    from ftcli.studies.tuning.tune import Asked

# Rows of the table, beside that of the default.
_MOST = 10


class Shown:
    """What is happening."""

    def __init__(self, screen: Screen, study: Study, asked: Asked, began: float) -> None:
        """`began` is when, by `time.monotonic`, the time of the study began."""
        self._screen, self._study, self._asked = screen, study, asked
        self._began = began

    def begin(self) -> None:
        """What is searched, and for how long."""
        facts, asked = self._study.facts, self._asked
        limits = [duration(asked.seconds)] if math.isfinite(asked.seconds) else []
        limits += [counted(asked.trials, "trial")] if asked.trials is not None else []
        keys = ", ".join(one.key for one in facts.space)
        self._screen.line(f"{self._study.folder}: searching {keys}; at most {' and '.join(limits)}")
        self._screen.line(
            f"trial 0 is the default, {facts.steps:,} steps; {facts.metric} on {counted(facts.validated, 'example')}"
        )

    def trial(self, record: Record) -> None:
        """What is new of a trial."""
        at = self._at()
        what = " ".join(self._study.changes(record.point)) if record.number else "the default"
        policy = record.point.get("freeze")
        if record.number and policy is not None and policy != self._study.facts.policy:
            what = f"freeze={policy} {what}".strip()
        if record.failed is not None:
            self._screen.line(
                f"{at}  trial {record.number} failed: {record.failed}  ({what})", style="yellow"
            )
        elif record.rungs:
            rung = record.rungs[-1]
            figure = shown_number(rung.best if rung.finished else rung.metric)
            self._screen.line(
                f"{at}  trial {record.number}  {rung.share:4.0%}  {self._study.facts.metric} {figure}  ({what})"
            )

    def doing(self, words: str) -> None:
        """What is done next."""
        self._screen.line(f"{self._at()}  {words}")

    def _at(self) -> str:
        """The time of the study, as minutes and seconds."""
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{minutes:3d}:{seconds:02d}"


def show(screen: Screen, document: dict[str, Any]) -> None:
    """The table of the best trials, the verdict, and what to do with it."""
    trials = [one for one in document["trials"] if one["val"] and one["failed"] is None]
    sign = 1 if document["lower_is_better"] else -1
    ranked = sorted(trials, key=lambda one: (-len(one["val"]), not one["finished"], sign * one["val"][-1]))
    best = [one for one in ranked if one["trial"]][:_MOST]
    rows = [_row("def", one, document) for one in trials if one["trial"] == 0]
    rows += [_row(str(rank), one, document) for rank, one in enumerate(best, 1)]
    screen.line()
    show_rows(screen, rows, paths="settings")
    for one in document["differences"]:
        screen.line(_difference(one, document))
    screen.line(document["reason"] or "the study is not finished", style="bold")
    for number, figures in document["test"].items():
        if figures:
            who = "the default" if number == "0" else f"trial {number}"
            screen.line(
                f"test, scored once: {document['metric']} {shown_number(figures[document['metric']])} ({who})"
            )
    steps = document["steps"]
    failed = sum(one["failed"] is not None for one in document["trials"])
    screen.line(
        f"{counted(len(document['trials']), 'trial')}"
        f"{f' ({failed} failed)' if failed else ''}, {duration(document['seconds'])}; {steps['run']:,} steps run, "
        f"{steps['saved']:,} saved, {steps['repeated']:,} repeated"
    )
    if document["importance"]:
        shares = (f"{key} {share:.0%}" for key, share in document["importance"].items())
        screen.line(f"what explains the figures: {', '.join(shares)}")
    if document["tuned"]:
        screen.line(f"the run: {document['run']}")
        screen.line(f"its settings: {command('train', document['tuned'])}")


def _row(rank: str, one: dict[str, Any], document: dict[str, Any]) -> dict[str, str]:
    again = list(one["again"].values())
    planned = one["planned"] or 0
    settings = [f"freeze={one['freeze']}"] if one["freeze"] else []
    return {
        "rank": rank,
        "trial": str(one["trial"]),
        "trained": f"{one['share']:.0%}",
        "val (search)": shown_number(one["val"][-1]),
        "val (new seeds)": _mean(again) if again else "-",
        "time": duration(one["seconds"]),
        "steps run/saved": f"{one['computed']:,}/{max(0, planned - one['computed']):,}",
        "settings": " ".join([*settings, *one["changes"]]),
    }


def _mean(values: list[float]) -> str:
    mean = sum(values) / len(values)
    if len(values) < 2:
        return shown_number(mean)
    spread = math.sqrt(sum((one - mean) ** 2 for one in values) / (len(values) - 1))
    return f"{shown_number(mean)} +-{spread:.3f}"


def _difference(one: dict[str, Any], document: dict[str, Any]) -> str:
    """One finalist against the default, on new seeds."""
    seeds = counted(one["seeds"], "new seed")
    gain = f"trial {one['number']} against the default, {seeds}: {document['metric']} better by {one['gain']:+.4f}"
    if one["low"] is None:
        return f"{gain}; no interval: too few examples, or all score the same"
    return f"{gain}; an example scores {one['difference']:+.4f}, 95 % {one['low']:+.4f} to {one['high']:+.4f}"
