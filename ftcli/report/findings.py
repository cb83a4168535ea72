"""findings.json: what was found in the data when the run began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ftcli.errors import cut
from ftcli.report.checked import count, fields, items, words
from ftcli.system.bounded import UnreadableError

NAME, VERSION = "findings.json", 1
LARGEST = 4 << 20
_MOST, _MOST_PLACES = 50, 20
# The worst first.
SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault in the data, with the first places."""

    severity: str
    message: str
    count: int | None
    places: tuple[str, ...]
    advice: str


def findings_of(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """The findings, the worst first. Raises `UnreadableError` for another version."""
    if document.get("version") != VERSION:
        raise UnreadableError(
            f"{NAME}: of version {cut(repr(document.get('version')))}; this ftcli reads {VERSION}"
        )
    found = []
    for one in map(fields, items(document.get("findings"))[:_MOST]):
        severity = one.get("severity") if one.get("severity") in SEVERITIES else SEVERITIES[-1]
        places = tuple(place for given in items(one.get("places"))[:_MOST_PLACES] if (place := words(given)))
        if message := words(one.get("message")):
            finding = Finding(
                str(severity), message, count(one.get("count")), places, words(one.get("advice")) or ""
            )
            found.append(finding)
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))
