"""Rows without a label: all of them are named, or left out with a count."""

from __future__ import annotations

from ftcli.errors import DataError, listing
from ftcli.media.broken_files import FEW, SHOWN, some_lines


class MissingLabels:
    """Collects the rows of a split that have no label, in words. `policy` is `data.missing_labels`."""

    def __init__(self, name: str, policy: str) -> None:
        self._name, self.policy = name, policy
        self.found: list[str] = []

    def check(self, rows: int) -> None:
        """Raise `DataError` for rows without a label, unless they are left out. `rows` have one."""
        if not self.found or self.policy == "skip":
            return
        if len(self.found) == 1:
            raise DataError(f"{self.found[0]}. data.missing_labels: skip leaves it out")
        head = f"{self._words(rows)} have no label. data.missing_labels: skip leaves them out:"
        raise DataError("\n".join([head, *some_lines(self.found, SHOWN if rows else FEW, written=rows > 0)]))

    def note(self, rows: int) -> str:
        """What is left out."""
        first = listing(self.found, 3)
        return f"{self._words(rows)} have no label and are left out (skipped.txt in the run has all): {first}"

    def _words(self, rows: int) -> str:
        return f"{len(self.found):,} of the {rows + len(self.found):,} rows of {self._name}"
