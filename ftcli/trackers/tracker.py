"""What a tracker does. It imports its tool in `begin`, and not before: that takes seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from ftcli.trackers.replay import Described, Ending, Row


class DiffersError(Exception):
    """The tool has figures of this run that its log does not have."""


class Tracker(Protocol):
    """A run in a tool. Every method may raise whatever the tool raises."""

    # What has to be installed; the extra has the name of the tracker.
    packages: ClassVar[tuple[str, ...]]

    def __init__(self, run: Described) -> None: ...

    def begin(self, *, anew: bool = False) -> None:
        """Make the run in the tool, or find it; the rows since its first step follow. With `anew` nothing of it stays.

        It may be called again: rows then follow from the first one.
        """

    def add(self, rows: Sequence[Row]) -> None:
        """Bring rows to the tool. Raises `DiffersError` where it has others, so that all is to be written anew."""

    def end(self, ending: Ending) -> None:
        """Say how the run stands; there are no more rows. Raises `DiffersError` as `add`."""

    def close(self) -> None:
        """Let go of files and processes, whatever was sent; it may be called twice."""

    def look(self) -> str:
        """A command, or an address, with which a person sees the figures."""
