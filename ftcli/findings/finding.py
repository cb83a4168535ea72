"""One thing that is wrong or odd with data, and how a list of them is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ftcli.errors import counted

VERSION = 1
# Places that a finding names.
MOST_PLACES = 5
# Worst first. An error keeps training from starting; a warning makes a figure wrong or a class hard to learn; a note
# may be meant.
SEVERITIES = ("error", "warning", "note")
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`count` examples or classes, as `message` says; the first `places`; `advice` is what would be right."""

    kind: str
    severity: Severity
    count: int
    message: str
    places: tuple[str, ...] = ()
    advice: str = ""

    @property
    def serious(self) -> bool:
        """Whether it is more than a note."""
        return self.severity != "note"


def first(places: Iterable[str]) -> tuple[str, ...]:
    """The first of many places."""
    return tuple(place for place, _ in zip(places, range(MOST_PLACES), strict=False))


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first; those of one severity in their order."""
    return sorted(findings, key=lambda one: SEVERITIES.index(one.severity))


def as_json(findings: Iterable[Finding]) -> dict[str, Any]:
    """What `findings.json` holds."""
    return {"version": VERSION, "findings": [asdict(one) for one in findings]}


def severities(findings: Sequence[Finding]) -> str:
    """`3 findings: 1 error, 2 warnings`."""
    counts = {name: sum(one.severity == name for one in findings) for name in SEVERITIES}
    shown = ", ".join(counted(count, name) for name, count in counts.items() if count)
    return counted(len(findings), "finding") + (f": {shown}" if shown else "")


def headline(findings: Sequence[Finding], command: str | None) -> str | None:
    """One line for the start of a training, with the worst finding; None without any. `command` shows them all."""
    if not findings:
        return None
    rest = "" if command is None else f"; all: {command}"
    return f"data: {counted(len(findings), 'finding')}, the first: {findings[0].message}{rest}"
