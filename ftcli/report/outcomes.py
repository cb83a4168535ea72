"""outcomes.json: what a model does on the scored split. What has another type than expected is left out and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ftcli.errors import cut
from ftcli.report.checked import Label, Number, count, fields, items, label, number, words
from ftcli.system.bounded import UnreadableError, read_bytes

NAME, VERSION = "outcomes.json", 1
LARGEST = 16 << 20
MOST_CLASSES, MOST_IN_MATRIX, MOST_ERRORS, MOST_PAIRS, MOST_FIGURES = 5_000, 20, 24, 20, 60
_LARGEST_PICTURE, _ALL_PICTURES = 64 << 10, 600 << 10
_JPEG = b"\xff\xd8\xff"
Row = Mapping[str, str | Number]
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, with its interval where there is one, and how that was computed."""

    value: Number
    low: Number | None = None
    high: Number | None = None
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a linear layer on features of the frozen backbone scores."""

    value: float
    # "val", or "held-out training examples" where there is no validation split.
    on: str
    # Whether no epoch was better, so that it is the result.
    kept: bool


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts by true class (rows) and predicted class (columns)."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """How often one class was taken for another."""

    true: str
    predicted: str
    count: int


@dataclass(frozen=True, slots=True)
class Mistaken:
    """An example that the model has wrong; `picture` is the content of a JPEG file."""

    id: str
    true: Label
    predicted: Label
    probability: Number | None
    true_probability: Number | None
    score: Number | None
    doubtful: bool
    picture: bytes | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The figures of one split, and of the examples that are wrong."""

    split: str
    examples: int | None = None
    metric: str | None = None
    lower_is_better: bool | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    per_class: tuple[Row, ...] = ()
    confusion: Confusion | None = None
    confused: tuple[Pair, ...] = ()
    score: str = ""
    errors: tuple[Mistaken, ...] = ()
    data: Mapping[str, int] = field(default_factory=dict)


def outcomes_of(document: Mapping[str, Any], directory: Path) -> tuple[Outcomes, tuple[str, ...]]:
    """The outcomes that outcomes.json of the run in `directory` holds, and what of it was left out, in words.

    Raises `UnreadableError` for another version.
    """
    if document.get("version") != VERSION:
        raise UnreadableError(
            f"{NAME}: of version {cut(repr(document.get('version')))}; this ftcli reads {VERSION}"
        )
    reading = _Reading(directory)
    lower = document.get("lower_is_better")
    found = Outcomes(
        words(document.get("split")) or "",
        count(document.get("examples")),
        words(document.get("metric")),
        lower if isinstance(lower, bool) else None,
        figures_of(document.get("figures")),
        rows_of(document.get("per_class")),
        reading.one("confusion", document.get("confusion"), _confusion),
        reading.each("confused", document.get("confused"), _pair, MOST_PAIRS),
        words(document.get("score")) or "",
        reading.each("errors", document.get("errors"), reading.mistaken, MOST_ERRORS),
        {str(name): n for name, one in fields(document.get("data")).items() if (n := count(one)) is not None},
    )
    return found, tuple(reading.problems)


def figures_of(value: Any) -> dict[str, Figure]:
    """Figures by name: each a number, or an object with its `value` and interval."""
    found = {}
    for name, one in list(fields(value).items())[:MOST_FIGURES]:
        of = fields(one) or {"value": one}
        if (figure := number(of.get("value"))) is not None:
            interval = words(of.get("interval")) or ""
            found[str(name)] = Figure(figure, number(of.get("low")), number(of.get("high")), interval)
    return found


def rows_of(value: Any) -> tuple[Row, ...]:
    """Rows of a table by class: in each a text, then numbers."""
    rows = []
    for one in items(value)[:MOST_CLASSES]:
        row = {str(name): found for name, given in fields(one).items() if (found := _cell(given)) is not None}
        if row:
            rows.append(row)
    return tuple(rows)


def _cell(value: Any) -> str | Number | None:
    return words(value) if isinstance(value, str) else number(value)


class _Reading:
    """Notes what is left out, and has a limit for all pictures together."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.problems, self._room = directory, list[str](), _ALL_PICTURES

    def one(self, key: str, value: Any, make: Callable[[Any], _Made | None]) -> _Made | None:
        """What `make` makes of a value that may be null."""
        made = None if value is None else make(value)
        if made is None and value is not None:
            self.problems.append(f"{NAME}: '{key}' is not as expected, and is left out")
        return made

    def each(self, key: str, value: Any, make: Callable[[Any], _Made | None], most: int) -> tuple[_Made, ...]:
        """What `make` makes of each entry."""
        entries = items(value)[:most]
        made = [found for one in entries if (found := make(one)) is not None]
        if (wrong := len(entries) - len(made)) or not isinstance(value, list | None):
            what = f"entries of '{key}'" if wrong else f"'{key}'"
            self.problems.append(f"{NAME}: {what} not as expected, and left out: {wrong or 'all'}")
        return tuple(made)

    def mistaken(self, value: Any) -> Mistaken | None:
        """An entry of `errors`, with its picture."""
        of = fields(value)
        if not of or "true" not in of or "predicted" not in of:
            return None
        return Mistaken(
            words(of.get("id")) or "",
            label(of["true"]),
            label(of["predicted"]),
            number(of.get("probability")),
            number(of.get("true_probability")),
            number(of.get("score")),
            of.get("doubtful") is True,
            self._picture(words(of.get("picture"))),
            words(of.get("text")),
        )

    def _picture(self, name: str | None) -> bytes | None:
        """The JPEG file of an error, which lies in errors/ of the run."""
        if not name:
            return None
        folder, _, file = name.rpartition("/")
        path = self.directory / "errors" / file
        try:
            if folder != "errors" or Path(file).name != file or path.parent.is_symlink():
                raise UnreadableError(f"{name}: not a file of errors/")
            content = read_bytes(path, _LARGEST_PICTURE)
            if not content.startswith(_JPEG):
                raise UnreadableError(f"{name}: not a JPEG file")
            if len(content) > self._room:
                raise UnreadableError(f"{name}: the pictures together are too large")
        except (OSError, ValueError, UnreadableError) as error:
            reason = str(error) if isinstance(error, UnreadableError) else f"{name}: cannot be read"
            self.problems.append(f"a picture is not shown: {reason}")
            return None
        self._room -= len(content)
        return content


def _confusion(value: Any) -> Confusion | None:
    classes, counts = items(fields(value).get("classes")), fields(value).get("counts")
    if counts is None or not 0 < len(classes) <= MOST_IN_MATRIX:
        return Confusion((), ()) if counts is None and isinstance(value, dict) else None
    rows = tuple(tuple(n for one in items(row) if (n := count(one)) is not None) for row in items(counts))
    square = len(rows) == len(classes) and all(len(row) == len(classes) for row in rows)
    return Confusion(tuple(words(str(one)) or "" for one in classes), rows) if square else None


def _pair(value: Any) -> Pair | None:
    of = fields(value)
    true, predicted, times = words(of.get("true")), words(of.get("predicted")), count(of.get("count"))
    return None if true is None or predicted is None or times is None else Pair(true, predicted, times)


def baseline_of(summary: Mapping[str, Any], metric: str) -> Baseline | None:
    """The baseline in the figure that is watched; None where there is none."""
    probe = fields(summary.get("probe"))
    for key, on in (("val", "val"), ("held_out", "held-out training examples")):
        if (value := number(fields(probe.get(key)).get(metric))) is not None:
            return Baseline(float(value), on, probe.get("kept") is True)
    return None
