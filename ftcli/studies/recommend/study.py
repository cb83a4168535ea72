"""What a study knows at any moment; its stages fill it in, and its folder keeps what was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ftcli.config.schema import Experiment
from ftcli.data.splits import Splits
from ftcli.studies.recommend.kept import Kept, key_of
from ftcli.studies.recommend.ranking.answer import Answer, answer
from ftcli.studies.recommend.ranking.candidates import Absent, Candidate, Identity, labels
from ftcli.studies.recommend.ranking.rows import Row

if TYPE_CHECKING:
    from ftcli.runs.session import Session

# Bytes of networks that stay in memory between being timed and being looked at.
_HELD = 1 << 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asks for. `seconds` are those of the whole study; `memory` is in bytes, `latency` in seconds.

    `price` is that of an hour, `models` are the words of `--models`; `race` is how many candidates are raced at most, 0
    for none; with `best` the cost does not count.
    """

    models: Sequence[str] = ()
    seconds: float = 600.0
    memory: float | None = None
    latency: float | None = None
    price: float | None = None
    race: int = 3
    best: bool = False


@dataclass(slots=True)
class Study:
    """The state of a study. `say` is called with what is being done."""

    base: Experiment
    folder: Path
    asked: Asked = field(default_factory=Asked)
    # The size of images that goes with the network of `base`, and with no other.
    own_size: int | None = None
    say: Callable[[str], None] = lambda words: None
    # Candidates that can be used, and controls.
    rows: list[Row] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)
    # The identities of the candidates that `--models` names.
    named: frozenset[Identity] = frozenset()
    # Sentences for the user.
    notes: list[str] = field(default_factory=list)
    # Seconds of each stage that is done.
    seconds: dict[str, float] = field(default_factory=dict)
    splits: Splits | None = None
    # Training examples that evidence was taken from.
    sampled: int = 0
    # Why the features of no candidate can be judged, so that candidates are only raced.
    only_raced: str | None = None
    # How often the commonest class is right.
    chance: float | None = None
    # Networks that were timed and not looked at yet, by the keys of their rows.
    held: dict[str, Session] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    @property
    def answer(self) -> Answer | None:
        """The answer so far."""
        return answer(self.rows, self.sampled, best_only=self.asked.best)

    @property
    def opened(self) -> Splits:
        """The data. They are there after the first stage."""
        assert self.splits is not None
        return self.splits

    @property
    def examples(self) -> int:
        """Training examples."""
        return 0 if self.splits is None else len(self.splits.train)

    @property
    def kept(self) -> Kept:
        """What earlier calls have found, too."""
        return Kept(self.folder)

    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def left(self) -> float:
        """Seconds that are left."""
        return self.asked.seconds - self.elapsed()

    def add(self, candidates: Iterable[Candidate]) -> list[Row]:
        """New rows for the candidates that have none; labels change where they would be alike.

        Two names may be the same experiment, such as NAME and NAME:96 where `data.image_size` is 96.
        """
        known = {row.key for row in self.rows}
        each: dict[str, Candidate] = {}
        for one in candidates:
            each.setdefault(key_of(one, self.base), one)
        new = [Row(one, "", key) for key, one in each.items() if key not in known]
        self.rows += new
        short = labels(row.candidate for row in self.rows)
        for row in self.rows:
            row.label = short[row.candidate.name]
        return new

    def hold(self, row: Row, session: Session) -> None:
        """Keep a network in memory for the next stage, where there is room for it."""
        sizes = [one.facts.megabytes for one in self.rows if one.key in self.held and one.facts is not None]
        if row.facts is not None and 1e6 * (sum(sizes) + row.facts.megabytes) < _HELD:
            self.held[row.key] = session

    def leave_out(self, rows: Iterable[Row]) -> None:
        """Rows that cannot be candidates, as their notes say."""
        gone = [*rows]
        self.rows = [row for row in self.rows if row not in gone]
        self.absent += [Absent(row.candidate.name, row.note) for row in gone]
