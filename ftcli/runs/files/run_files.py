"""The files of a run, each read and written whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ftcli.contracts import Target
from ftcli.errors import RunError
from ftcli.runs.files.metrics_log import MetricsLog, append_line
from ftcli.system import durable
from ftcli.system.bounded import read_json

DATA, SKIPPED, FINDINGS, ORIGIN = "data.json", "skipped.txt", "findings.json", "origin.json"
PROBE = "probe.json"
# What was scored at the end: the first names the others.
OUTCOMES = ("outcomes.json", "predictions.csv", "errors.csv", "confusion.csv", "errors")
# What is made of the other files, by `ftcli report` and `ftcli card`.
REPORT, CURVES = "report.html", "curves.svg"
CARD, BOM = "README.md", "bom.json"


class RunFiles:
    """The files of the run at `path`; `metrics` is metrics.jsonl."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metrics = MetricsLog(path)

    @property
    def model(self) -> Path:
        """Where the files are that rebuild the network."""
        return self.path / "model"

    def write_data(self, inventory: Mapping[str, Any]) -> None:
        """Write data.json, within `created`."""
        self._write(DATA, inventory)

    def write_findings(self, findings: Mapping[str, Any]) -> None:
        """Write findings.json, within `created`."""
        self._write(FINDINGS, findings)

    def write_probe(self, probe: Mapping[str, Any]) -> None:
        """Write probe.json."""
        try:
            self._write(PROBE, probe)
        except OSError as error:
            raise RunError(f"{self.path / PROBE}: cannot be written: {error}") from error

    def probe(self) -> dict[str, Any]:
        """probe.json; nothing where it is not there or cannot be read."""
        try:
            return dict(read_json(self.path / PROBE))
        except durable.UNREADABLE:
            return {}

    def write_origin(self, origin: Mapping[str, Any]) -> None:
        """Write origin.json, within `created`."""
        self._write(ORIGIN, origin)

    def data(self) -> dict[str, Any]:
        """data.json; nothing where it is not there."""
        path = self.path / DATA
        try:
            return dict(read_json(path)) if path.exists() else {}
        except (OSError, ValueError, TypeError) as error:
            raise RunError(f"{path}: cannot be read: {error}") from error

    def target(self) -> Target:
        """What the run's examples are labelled with."""
        try:
            fields = read_json(self.model / "target.json")
            listed = {key: tuple(value) for key, value in fields.items() if isinstance(value, list)}
            return Target(**fields | listed)
        except durable.UNREADABLE as error:
            raise RunError(f"{self.model / 'target.json'}: cannot be read: {error}") from error

    def environment(self) -> dict[str, Any]:
        """environment.json; nothing where it cannot be read."""
        try:
            return dict(read_json(self.path / "environment.json"))
        except durable.UNREADABLE:
            return {}

    def log(self, line: str) -> None:
        """Add a line to log.txt."""
        append_line(self.path / "log.txt", line)

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write summary.json."""
        try:
            self._write("summary.json", summary)
        except OSError as error:
            raise RunError(f"{self.path / 'summary.json'}: cannot be written: {error}") from error

    def summary(self) -> dict[str, Any]:
        """summary.json, or nothing if the run has not ended."""
        path = self.path / "summary.json"
        try:
            return dict(read_json(path)) if path.exists() else {}
        except durable.UNREADABLE as error:
            raise RunError(f"{path}: cannot be read: {error}. Without it the run goes on") from error

    def write_report(self, page: str, curves: str | None) -> None:
        """Write report.html, and curves.svg where there is any curve, in place of earlier ones."""
        try:
            durable.write_text(self.path / REPORT, page)
            if curves is not None:
                durable.write_text(self.path / CURVES, curves)
        except OSError as error:
            raise RunError(f"{self.path / REPORT}: cannot be written: {error}") from error

    def write_card(self, card: str) -> None:
        """Write README.md in place of an earlier one."""
        try:
            durable.write_text(self.path / CARD, card)
        except OSError as error:
            raise RunError(f"{self.path / CARD}: cannot be written: {error}") from error

    def outcomes(self) -> dict[str, Any]:
        """outcomes.json; nothing where it is not there or cannot be read."""
        try:
            return dict(read_json(self.path / OUTCOMES[0]))
        except durable.UNREADABLE:
            return {}

    def size(self) -> int:
        """The bytes of all its files; those of a file with several names once."""
        sizes: dict[tuple[int, int], int] = {}
        for folder, _, names in os.walk(self.path):
            for name in names:
                # A run that trains removes files meanwhile.
                with suppress(OSError):
                    status = os.lstat(os.path.join(folder, name))
                    sizes[status.st_dev, status.st_ino] = status.st_size
        return sum(sizes.values())

    def write_skipped(self, skipped: Sequence[str]) -> None:
        """Write skipped.txt: what is wrong with each example that was left out. Without any there is no file."""
        if skipped:
            text = "".join(f"{line}\n" for line in skipped)
            durable.write_text(self.path / SKIPPED, text)

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        durable.write_text(self.path / name, json.dumps(dict(content), indent=2, ensure_ascii=False) + "\n")
