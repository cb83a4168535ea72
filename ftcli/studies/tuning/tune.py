"""The whole study: search, finals, and the run that it leaves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.errors import Interruption, UserError, counted
from ftcli.runs.directory import RunDirectory
from ftcli.studies.folder import kept_in
from ftcli.studies.tuning.finals import Finals, Verdict, finalists
from ftcli.studies.tuning.halving import ETA, RUNGS
from ftcli.studies.tuning.heads import try_heads
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.processes import search
from ftcli.studies.tuning.result import Result
from ftcli.studies.tuning.study import Study
from ftcli.system import durable, signals


@dataclass(frozen=True, slots=True)
class Asked:
    """How long all calls of the study together, how many trials, and by how many processes."""

    seconds: float = math.inf
    trials: int | None = None
    workers: int = 1


@dataclass(slots=True)
class Tuning:
    """A study that is done here.

    `began` is when, by `time.monotonic`, its time began: before this call by what earlier calls have taken.
    """

    study: Study
    asked: Asked
    began: float
    # Called for what is new of a trial, and with what is done next, in words.
    say_trial: Callable[[Record], None] = lambda record: None
    say: Callable[[str], None] = lambda words: None

    def run(self) -> dict[str, Any]:
        """Search, decide, and leave the chosen run; gives tune.json, which is written as far as it is known, too.

        A study that is finished answers at once, unless it is asked for more. Raises `RunError` where the folder cannot
        be written, as on a full disk.
        """
        known = self.study.result()
        if known is not None and not self._is_more(known):
            return known
        with kept_in(self.study.folder):
            return self._run()

    def _is_more(self, known: dict[str, Any]) -> bool:
        """Whether more time or trials are asked for than a finished study has had."""
        trials, before = self.asked.trials, known.get("asked", {}).get("seconds") or 0.0
        wanted = trials is None or trials > len(known["trials"])
        return wanted and self.asked.seconds > max(before, self.study.spent())

    def _run(self) -> dict[str, Any]:
        until = self.began + self.asked.seconds
        try:
            self._heads()
            self._search(self._done)
            began = time.monotonic()
            self._scored({0})
            # What that took is left at the end for another one.
            finals = Finals(self.study, until - (time.monotonic() - began), self.asked.trials)
            finals.say = self._doing
            verdict = finals.verdict()
            summaries = self._scored({0, verdict.chosen})
        except Interruption:
            self._result().write()
            raise
        finally:
            self._note_spent()
        document = self._result(verdict, summaries).write()
        if verdict.final:
            _remove_others(self.study, verdict.chosen)
        return document

    def _doing(self, words: str) -> None:
        self._note_spent()
        self.say(words)

    def _done(self, record: Record) -> None:
        self._note_spent()
        self.say_trial(record)

    def _note_spent(self) -> None:
        self.study.note_spent(time.monotonic() - self.began)

    def _heads(self) -> None:
        """Try heads alone, unless that was done, and say what came of it."""
        late = time.monotonic() >= self.began + self.asked.seconds
        if late or self.study.heads() or len(self.study.journal.records()) > 1:
            return
        found = try_heads(self.study, self.asked.seconds, until=self.began + self.asked.seconds)
        if found.reason is not None:
            self.say(f"no heads are tried alone: {found.reason}")
        elif found.tried:
            best = self.study.sign * found.tried[0][1]
            self.say(
                f"{counted(len(found.tried), 'head')} on kept features in {found.seconds:.1f} s, with "
                f"{found.features:.1f} s for the features: {self.study.facts.metric} {best:.4f}"
            )

    def join(self) -> None:
        """Train trials of a study that another process leads."""
        with kept_in(self.study.folder):
            self._search(self.say_trial)

    def _search(self, say: Callable[[Record], None]) -> None:
        asked = self.asked
        until = self.began + asked.seconds
        search(
            self.study, workers=asked.workers, until=until, most=asked.trials, total=asked.seconds, say=say
        )

    def _scored(self, numbers: set[int]) -> dict[int, Any]:
        """Make whole runs of finished trials, the default and what was chosen: only here the test split is scored."""
        summaries = {}
        finished = {one.number: one for one in self.study.journal.records() if one.finished}
        for number in sorted(numbers & finished.keys()):
            if not RunDirectory(self.study.folder_of(number)).summary():
                self._doing(f"scoring trial {number}")
            summaries[number] = self.study.trial(finished[number]).finish()
        return summaries

    def _result(self, verdict: Verdict | None = None, summaries: Any = None) -> Result:
        asked = self.asked
        seconds = asked.seconds if math.isfinite(asked.seconds) else None
        given = {"seconds": seconds, "trials": asked.trials}
        return Result(self.study, time.monotonic() - self.began, verdict, summaries, given)


@contextmanager
def in_time(began: float, asked: Asked) -> Iterator[None]:
    """Within, a study is opened or created. Raises `UserError` where the time since `began` is over before."""
    try:
        with signals.until(began + asked.seconds):
            yield
    except Interruption as raised:
        if raised.signal_number != signals.ALARM:
            raise
        problem = f"{asked.seconds:g} s are over before the data and the network are open"
        raise UserError(f"--time: {problem}. More would be right; what was computed is kept for it") from None


def _remove_others(study: Study, chosen: int) -> None:
    """Remove the runs of trials that would not go on with more time: what they came to is in the journal."""
    records = [one for one in study.journal.records() if one.failed is None]
    kept = {0, chosen, *(one.number for one in finalists(study, records)), *_promising(study, records)}
    for record in study.journal.records():
        folder: Path = study.folder_of(record.number)
        if record.number not in kept and folder.is_dir():
            durable.remove(folder)
    durable.tidy(study.folder / "trials")
    if (again := study.folder / "reruns").is_dir():
        for folder in again.iterdir():
            if folder.is_dir():
                durable.delete(folder)


def _promising(study: Study, records: Sequence[Record]) -> Iterator[int]:
    """The trials that would go on first: within a part, and the paused ones among the best third of each rung."""
    yield from (one.number for one in records if not one.finished and one.sent >= len(one.rungs))
    for rung in range(len(RUNGS) - 1):
        there = [one for one in records if len(one.rungs) > rung]
        best = sorted(there, key=lambda one: -study.value(one.rungs[rung]))[: math.ceil(len(there) / ETA)]
        yield from (one.number for one in best if len(one.rungs) == rung + 1 and not one.finished)
