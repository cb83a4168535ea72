"""Every mistake a user can make, worded; one class each.

A `UserError` is an answer, not a failure of the program: the command line prints it without a traceback and
exits with its status, which is `MISTAKE` unless its class says otherwise. Whatever else escapes is our bug.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

# Mistakes that a message names: as many as fit a screen.
MOST = 14
# The statuses with which a command ends, beside 0: `cli/exit_statuses.py` says what they mean. After a signal n it is
# SIGNAL + n.
BUG, MISTAKE, SIGNAL = 1, 2, 128
LEFT_OUT = FOUND = 3
FAILED = 4


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing wrong in a configuration: where, which key, what is wrong, what would be right."""

    place: str  # "configs/x.yaml:12", or "command line"
    key: str  # "training.epochs"
    problem: str  # "no such key. Did you mean 'epochs'?"

    def __str__(self) -> str:
        key = self.key if self.key.isprintable() else repr(self.key)[1:-1]  # no key begins a line of its own
        return ": ".join(part for part in (self.place, key, self.problem) if part)


class UserError(Exception):
    """Base of everything that the user can put right. `str(error)` is the message, `status` that of a command."""

    status: ClassVar[int] = MISTAKE

    @classmethod
    def of(cls, mistakes: Sequence[Mistake]) -> Self:
        """The error for mistakes in a configuration."""
        return cls("\n".join(map(str, mistakes)))


class ConfigError(UserError):
    """Mistakes in a configuration, in the order of the file: all that were found, the first of very many in words."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        lines = [str(mistake) for mistake in self.mistakes[:MOST]]
        if len(self.mistakes) > MOST:
            lines.append(f"... and {len(self.mistakes) - MOST:,} more")
        super().__init__("\n".join(lines))

    @classmethod
    def of(cls, mistakes: Sequence[Mistake]) -> Self:
        """The error for these mistakes."""
        return cls(mistakes)


class DataError(UserError):
    """A data set that cannot be used as configured: a column, a label or a file."""


class EmptyClassError(DataError):
    """A folder of a class that holds no examples."""


class WeightsError(UserError):
    """Weights that are missing, unreadable, or of another model."""


class ModelError(UserError):
    """A backbone that does not exist, or that cannot do what was asked of it."""


class RunError(UserError):
    """A run directory or checkpoint that is missing, taken or unreadable."""


class EvidenceError(UserError):
    """Features and targets from which nothing can be learnt of how they go together."""


class HubError(UserError):
    """A hub that cannot be reached, or that refuses what is sent."""


class InstallationError(UserError):
    """Packages that do not fit each other or are not installed."""


class TrackerError(UserError):
    """A tracker that does not take the figures of a run."""


class TrainingError(UserError):
    """Training that cannot go on, such as a loss that is not a number."""


class MemoryShortError(TrainingError):
    """The memory of the device is full, and smaller chunks of a batch do not help."""


class NotFiniteError(TrainingError):
    """A loss, a gradient or weights that are not finite: `what` and where, and what helps."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}. {advice}")
        self.what, self.advice = what, advice


class ExportError(UserError):
    """A network that a format cannot hold, and the operator, layer or class that stands in the way."""


class FailedCheckError(UserError):
    """A check that says no: nothing was kept."""

    status = FAILED


class ParityError(FailedCheckError):
    """An export that does not answer as its run does: which row, and how far."""


class PeerError(TrainingError):
    """Another process of this training has ended."""


class EchoError(UserError):
    """An error that another process of this training reports."""


class WorkerError(TrainingError):
    """A process that reads data was killed."""


class Interruption(BaseException):
    """Ctrl-C or a request to terminate. `advice` says how to go on."""

    def __init__(self, signal_number: int, advice: str = "") -> None:
        self.status = SIGNAL + signal_number
        self.signal_number = signal_number
        self.advice = advice
        super().__init__("interrupted." + (f" {advice}" if advice else ""))


def printable(text: str) -> str:
    """The text with control characters as escapes, so that names from data cannot steer the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the nearest of `known`, or an empty string where none is near."""
    found = nearest(name, known)
    return "" if found is None else f" Did you mean {found!r}?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The nearest of `known` to a name that may be misspelt."""
    if len(name) > 100:  # comparing takes the square of the length
        return None
    others = [one for one in known if one != name]
    return next(iter(difflib.get_close_matches(str(name), others, n=1, cutoff=0.6)), None)


def command(*words: object) -> str:
    """`ftcli WORDS` for the user to copy into a shell: names with spaces or signs are quoted."""
    return shlex.join(["ftcli", *map(str, words)])


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 image`, `1,200 images`; `plural` where it is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def cut(text: object) -> str:
    """A text for a message: no longer than a line."""
    text = str(text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def listing(names: Iterable[object], limit: int = 12) -> str:
    """`a, b, c and 4 more`, for messages that name what exists."""
    known = [str(name) for name in names]
    if not known:
        return "none"
    shown = ", ".join(known[:limit])
    return shown if len(known) <= limit else f"{shown} and {len(known) - limit} more"


def shortened(names: Iterable[object], width: int = 40) -> str:
    """A listing of names that may be whole sentences, as the first row of a table without a header is."""
    texts = (" ".join(str(name).split()) for name in names)
    return listing(text if len(text) <= width else text[: width - 3] + "..." for text in texts)
