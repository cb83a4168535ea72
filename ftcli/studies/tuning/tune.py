"""The whole study: search, finals, and the run that it leaves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.errors import Interruption, counted
from ftcli.runs.directory import RunDirectory
from ftcli.studies.tuning.finals import Finals, Verdict
from ftcli.studies.tuning.heads import try_heads
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.processes import search
from ftcli.studies.tuning.result import Result
from ftcli.studies.tuning.study import Study
from ftcli.system import durable


@dataclass(frozen=True, slots=True)
class Asked:
    """How long, how many trials, and by how many processes."""

    seconds: float = math.inf
    trials: int | None = None
    workers: int = 1


@dataclass(slots=True)
class Tuning:
    """A study that is done here. `began` is when, by `time.time`, its time began."""

    study: Study
    asked: Asked
    began: float
    # Called for what is new of a trial, and with what is done next, in words.
    say_trial: Callable[[Record], None] = lambda record: None
    say: Callable[[str], None] = lambda words: None

    def run(self) -> dict[str, Any]:
        """Search, decide, and leave the chosen run; gives tune.json, which is written as far as it is known, too."""
        until = self.began + self.asked.seconds
        try:
            self._heads()
            left = until - time.time()
            search(
                self.study,
                workers=self.asked.workers,
                seconds=left,
                most=self.asked.trials,
                say=self.say_trial,
            )
            began = time.time()
            self._scored({0})
            # What that took is left at the end for another one.
            finals = Finals(self.study, until - (time.time() - began))
            finals.say = self.say
            verdict = finals.verdict()
            summaries = self._scored({0, verdict.chosen})
        except Interruption:
            self._result().write()
            raise
        document = self._result(verdict, summaries).write()
        if verdict.final:
            _remove_others(self.study, {0, verdict.chosen})
        return document

    def _heads(self) -> None:
        """Try heads alone, unless that was done, and say what came of it."""
        if self.study.heads() or len(self.study.journal.records()) > 1:
            return
        found = try_heads(self.study, self.asked.seconds)
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
        seconds = self.began + self.asked.seconds - time.time()
        search(
            self.study,
            workers=self.asked.workers,
            seconds=seconds,
            most=self.asked.trials,
            say=self.say_trial,
        )

    def _scored(self, numbers: set[int]) -> dict[int, Any]:
        """Make whole runs of finished trials, the default and what was chosen: only here the test split is scored."""
        summaries = {}
        finished = {one.number: one for one in self.study.journal.records() if one.finished}
        for number in sorted(numbers & finished.keys()):
            if not RunDirectory(self.study.folder_of(number)).summary():
                self.say(f"scoring trial {number}")
            summaries[number] = self.study.trial(finished[number]).finish()
        return summaries

    def _result(self, verdict: Verdict | None = None, summaries: Any = None) -> Result:
        return Result(self.study, time.time() - self.began, verdict, summaries)


def _remove_others(study: Study, kept: set[int]) -> None:
    """Remove the runs of all other trials: what they came to is in the journal."""
    for record in study.journal.records():
        folder: Path = study.folder_of(record.number)
        if record.number not in kept and folder.is_dir():
            durable.delete(folder)
