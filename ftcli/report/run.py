"""A run as the report sees it: read from its files, each of which may be missing, damaged, of another version, or half
written by a training that goes on. What is missing is said in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ftcli.errors import RunError, command, cut
from ftcli.metrics.figures import lower_is_better
from ftcli.report.checked import Number, count, fields, number, words
from ftcli.report.files import read_json, read_text
from ftcli.report.findings import LARGEST as LARGEST_FINDINGS
from ftcli.report.findings import NAME as FINDINGS
from ftcli.report.findings import Finding, findings_of
from ftcli.report.history import NAME as METRICS
from ftcli.report.history import History, read_history
from ftcli.report.outcomes import LARGEST as LARGEST_OUTCOMES
from ftcli.report.outcomes import NAME as OUTCOMES
from ftcli.report.outcomes import Baseline, Figure, Outcomes, baseline_of, figures_of, outcomes_of, rows_of
from ftcli.system.bounded import UnreadableError
from ftcli.system.durable import UNREADABLE

EXPERIMENT, SUMMARY, ENVIRONMENT, DATA = "experiment.yaml", "summary.json", "environment.json", "data.json"
LARGEST_DATA = 64 << 20
_LARGEST, _LARGEST_YAML = 16 << 20, 256 << 10
# Values of an experiment that are compared, and how deep they lie.
_MOST_KEYS, _DEEPEST = 1_000, 8
_DEEPEST_YAML = 60
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Run:
    """What the files of a run say. `problems` are what is missing or cannot be read, each in a sentence."""

    path: Path
    name: str
    yaml: str = ""
    # Every value by its dotted key.
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    # Whether there is a summary.
    ended: bool = False
    task: str = ""
    backbone: str = ""
    stopped: str = ""
    # When it ended, as ISO 8601 has it.
    ended_at: str = ""
    epochs: int | None = None
    planned: int | None = None
    best_epoch: int | None = None
    seconds: Number | None = None
    seconds_to_first_step: Number | None = None
    parameters: Mapping[str, int] = field(default_factory=dict)
    metric: str = ""
    lower_is_better: bool = False
    baseline: Baseline | None = None
    history: History = field(default_factory=History)
    outcomes: Outcomes | None = None
    findings: tuple[Finding, ...] | None = None
    # Examples by split, and those left out.
    examples: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def best(self) -> int | None:
        """The best epoch; 0 where it is the probe that training began with."""
        return self.history.best if self.best_epoch is None else self.best_epoch

    @property
    def is_probe(self) -> bool:
        """Whether it has ended without a step: its head is the probe, and no epochs were compared."""
        return self.epochs == 0

    @property
    def headline(self) -> Figure | None:
        """The watched figure of the scored split."""
        return self.outcomes.figures.get(self.metric) if self.outcomes is not None else None

    @property
    def best_figure(self) -> Figure | None:
        """The headline; of a run that has not ended the best of its epochs so far, without an interval."""
        values = [value for _, value in self.history.epochs.get(f"val_{self.metric}", ())]
        if self.headline is not None or not values:
            return self.headline
        return Figure(min(values) if self.lower_is_better else max(values))


def read_run(path: Path) -> Run:
    """The run in a folder. Raises `RunError` where there is none."""
    check_run(path)
    return _Reading(path).run()


def check_run(path: Path) -> None:
    """Raise `RunError` where there is no run."""
    if not (path / EXPERIMENT).is_file():
        here = f"is not a run directory: it has no {EXPERIMENT}" if path.is_dir() else "does not exist"
        raise RunError(f"{path} {here}. Looked at {path.absolute()}")


class _Shallow(yaml.SafeLoader):
    """Reads no YAML that is nested deeply, for which the parser would need time without bound."""

    _levels = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._levels += 1
        if self._levels > _DEEPEST_YAML:
            raise yaml.YAMLError(f"nested deeper than {_DEEPEST_YAML} levels")
        node: yaml.Node | None = super().compose_node(parent, index)
        self._levels -= 1
        return node


class _Reading:
    """Reads one file after the other, and keeps what is missing."""

    def __init__(self, path: Path) -> None:
        self.path, self.problems = path, list[str]()

    def run(self) -> Run:
        text = self._try(EXPERIMENT, lambda path: read_text(path, _LARGEST_YAML), EXPERIMENT) or ""
        settings = self._settings(text)
        environment = self._object(ENVIRONMENT, "what it ran on is not known") or {}
        history = read_history(self.path / METRICS)
        self.problems += history.problems
        summary = self._object(SUMMARY, "") or {}
        outcomes = self._outcomes(summary)
        findings = self._findings()
        metric = words(summary.get("metric")) or (outcomes.metric if outcomes else None)
        metric = metric or settings.get("training.metric") or "loss"
        return Run(
            self.path,
            self.path.resolve().name,
            text,
            settings,
            dict(_flat({key: one for key, one in environment.items() if key != "experiment"})),
            (self.path / SUMMARY).exists(),
            settings.get("task", ""),
            words(summary.get("backbone")) or settings.get("model.backbone", ""),
            metric=metric,
            lower_is_better=self._direction(metric, summary, outcomes),
            planned=_whole(settings.get("training.epochs")),
            baseline=baseline_of(summary, metric),
            history=history,
            outcomes=outcomes,
            findings=findings,
            examples=(outcomes.data if outcomes else {}) or self._examples(),
            **_ending(summary),
            problems=tuple(self.problems),
        )

    def _try(self, name: str, read: Callable[[Path], _Read], absent: str) -> _Read | None:
        """What `read` gives for a file; None with the reason where it is missing (`absent` says what that means)."""
        try:
            return read(self.path / name)
        except FileNotFoundError:
            if absent:
                self.problems.append(f"{name} is missing: {absent}")
        except UnreadableError as error:
            self.problems.append(str(error))
        except OSError as error:
            self.problems.append(f"{name}: cannot be read: {error.strerror}")
        return None

    def _object(self, name: str, absent: str, limit: int = _LARGEST) -> dict[str, Any] | None:
        return self._try(name, lambda path: read_json(path, limit), absent)

    def _settings(self, text: str) -> dict[str, str]:
        try:
            return dict(_flat(_Shallow(text).get_single_data()))
        # A tag such as !!int or !!bool lets the parser raise anything for what is not one.
        except (yaml.YAMLError, *UNREADABLE) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            self.problems.append(f"{EXPERIMENT}: damaged, not YAML ({cut(reason)})")
            return {}

    def _outcomes(self, summary: Mapping[str, Any]) -> Outcomes | None:
        """Those of outcomes.json, or as much of them as an older summary has."""
        adds = command("eval", self.path)
        absent = f"neither intervals nor confusions nor errors are known. Once training has ended, {adds} adds them"
        # Without a split there is nothing to score.
        absent = absent if "val" in summary or "test" in summary else ""
        if (document := self._object(OUTCOMES, absent, LARGEST_OUTCOMES)) is not None:
            try:
                outcomes, problems = outcomes_of(document, self.path)
                self.problems += problems
                return outcomes
            except UnreadableError as error:
                self.problems.append(str(error))
        for split in ("test", "val"):
            if figures := figures_of(summary.get(split)):
                rows = rows_of(fields(summary.get("per_class")).get(split))
                return Outcomes(split, figures=figures, per_class=rows)
        return None

    def _findings(self) -> tuple[Finding, ...] | None:
        if (document := self._object(FINDINGS, "", LARGEST_FINDINGS)) is None:
            return None
        try:
            return findings_of(document)
        except UnreadableError as error:
            self.problems.append(str(error))
            return None

    def _examples(self) -> dict[str, int]:
        """The counts of data.json, which names each example and may be large."""
        splits = self._object(DATA, "the number of examples is not known", LARGEST_DATA) or {}
        counts = {str(name): count(fields(split).get("examples")) for name, split in splits.items()}
        return {name: found for name, found in counts.items() if found is not None}

    @staticmethod
    def _direction(metric: str, summary: Mapping[str, Any], outcomes: Outcomes | None) -> bool:
        for given in (summary.get("lower_is_better"), outcomes.lower_is_better if outcomes else None):
            if isinstance(given, bool):
                return given
        return lower_is_better(metric)


def _ending(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What a summary says of how the run went."""
    parameters = fields(summary.get("parameters"))
    return {
        "stopped": words(summary.get("stopped")) or "",
        "ended_at": _moment(summary.get("ended")),
        "epochs": count(summary.get("epochs")),
        "best_epoch": count(summary.get("best_epoch")),
        "seconds": number(summary.get("seconds")),
        "seconds_to_first_step": number(summary.get("seconds_to_first_step")),
        "parameters": {
            name: found for name in ("total", "trained") if (found := count(parameters.get(name))) is not None
        },
    }


def _moment(value: Any) -> str:
    """A moment with its zone, in UTC; nothing for anything else."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec="seconds")
    except (TypeError, ValueError, OverflowError):
        return ""


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _flat(value: Any) -> Iterator[tuple[str, str]]:
    """Every value of nested objects by its dotted key, as a text; of very many the first."""
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    given = 0
    while waiting and given < _MOST_KEYS:
        key, one, depth = waiting.pop()
        if isinstance(one, dict) and one and depth < _DEEPEST:
            dot = f"{key}." if key else ""
            inside = list(islice(one.items(), _MOST_KEYS))
            waiting += [(f"{dot}{name}", inner, depth + 1) for name, inner in reversed(inside)]
        elif key:
            given += 1
            yield key, _shown(one)


def _shown(value: Any, depth: int = 0) -> str:
    """A value as YAML has it, a list not deeper than two: by its anchors a short YAML may describe an endless one."""
    if isinstance(value, dict) or (isinstance(value, list | tuple) and depth > 1):
        return "..." if value else str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_shown(one, depth + 1) for one in value[:50])}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return words(str(value)) or ""
