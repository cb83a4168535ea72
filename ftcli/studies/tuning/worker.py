"""One process that trains the trials of a study, until there is nothing left to do or no time for it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ftcli.errors import Interruption, RunError, UserError
from ftcli.studies.trials import Rung
from ftcli.studies.tuning.costs import Costs
from ftcli.studies.tuning.halving import RUNGS, Job, jobs
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.study import Study
from ftcli.system import signals

# Seconds between two looks at what others have reported.
_LOOK = 0.2


class Leader(NamedTuple):
    """The trial that is kept time for, and how many seconds: to train it to its end, and to confirm it."""

    number: int | None = None
    seconds: float = 0.0


class Worker:
    """Trains until `until` at the latest, by `time.monotonic`, and begins at most `most` trials with those of others.

    The search ends before that, as far as the finals need time; `total` is that of the whole study.
    """

    def __init__(
        self, study: Study, *, until: float = math.inf, most: int | None = None, total: float = math.inf
    ) -> None:
        self._study, self._until, self._most, self._total = study, until, most, total
        # Called after each rung of a trial, and for a trial that failed.
        self.say: Callable[[Record], None] = lambda record: None

    def run(self) -> None:
        """Work until nothing is left that fits into the time. Raises what the default raises, which is a mistake."""
        while self._work():
            pass

    def _work(self) -> bool:
        """Do one job; whether there may be another."""
        study = self._study
        records = [one for one in study.journal.records() if one.failed != "surplus"]
        costs = Costs(study, records)
        busy = {one.number for one in records if not one.finished and study.leases.held(str(one.number))}
        leader = self._leader(records, costs)
        standings = [
            one.standing(study.value, busy=one.number in busy, closed=self._closed(one, leader, costs))
            for one in records
        ]
        for job in jobs(standings, more=self._may_begin(records, leader, costs)):
            if time.monotonic() < self._until and self._do(job, self._end(job, records, leader, costs)):
                return True
        if not busy or time.monotonic() >= self._until:
            return False
        time.sleep(_LOOK)
        return True

    def _leader(self, records: Sequence[Record], costs: Costs) -> Leader:
        """The trial beside the default that is the farthest and the best of those that there is time to confirm."""
        others = [one for one in records if one.number and one.rungs and one.failed is None]
        fitting = [one for one in others if self._is_there(one) and self._fits(self._whole(one, costs))]
        best = max(
            fitting,
            key=lambda one: (one.finished, len(one.rungs), self._study.value(one.rungs[-1])),
            default=None,
        )
        return Leader() if best is None else Leader(best.number, self._whole(best, costs))

    def _closed(self, record: Record, leader: Leader, costs: Costs) -> bool:
        """Whether a trial does not go on: its run was removed, or there is no time for it.

        The default goes on in any case, as all else is compared with it; another one only if it could be confirmed, and
        if after its next part there still is time for the leader.
        """
        if record.finished or not record.number:
            return False
        after = 0.0
        if leader.number not in (None, record.number):
            after = leader.seconds + costs.part(record.point, len(record.rungs), _share(record))
        return not self._is_there(record) or not self._fits(max(after, self._whole(record, costs)))

    def _may_begin(self, records: Sequence[Record], leader: Leader, costs: Costs) -> bool:
        """Whether a new trial may begin: only where there is time for all of it, and for what the default needs."""
        if self._most is not None and len(records) >= self._most:
            return False
        if not records:
            return True
        default = records[0]
        before = 0.0 if default.finished else costs.left(default.point, len(default.rungs), _share(default))
        whole = costs.left(default.point) + costs.confirming(default.point, total=self._total)
        return self._fits(before + max(whole, leader.seconds + costs.first()))

    def _whole(self, record: Record, costs: Costs) -> float:
        """Seconds to train a trial to its end, and to confirm it."""
        left = 0.0 if record.finished else costs.left(record.point, len(record.rungs), _share(record))
        return left + costs.confirming(record.point, record.number, total=self._total)

    def _fits(self, seconds: float) -> bool:
        return time.monotonic() + seconds < self._until

    def _is_there(self, record: Record) -> bool:
        return not record.rungs or record.finished or self._study.folder_of(record.number).is_dir()

    def _end(self, job: Job, records: Sequence[Record], leader: Leader, costs: Costs) -> float:
        """When a part of a trial has to end: with what is late the finals would be, too."""
        if job.number == 0:
            return self._until - costs.scoring(records[0].point if records else {})
        if job.number != leader.number and leader.number is not None:
            return self._until - leader.seconds
        point = next((one.point for one in records if one.number == job.number), {})
        return self._until - costs.confirming(point, job.number)

    def _do(self, job: Job, end: float) -> bool:
        """Train a trial on; whether that was possible, or another worker was faster."""
        journal, number = self._study.journal, job.number
        if number is None:
            begun = journal.begin(self._most)
            if begun is None:
                return False
            number = begun.number
        with self._study.leases.taken(str(number)) as mine:
            if not mine:
                return False
            record = journal.records()[number]
            if len(record.rungs) != job.rung or record.failed is not None:
                return True  # it has moved on meanwhile
            journal.complete(number)
            journal.send(number, job.rung)
            self._advance(number, job.rung, end)
        return True

    def _advance(self, number: int, rung: int, end: float) -> None:
        journal = self._study.journal
        try:
            with signals.until(end):
                trial = self._study.trial(journal.records()[number])
                trial.deadline = end
                reached = trial.advance(RUNGS[rung])
        except RunError:
            raise  # such as a full disk, which every trial would meet
        except Interruption as raised:
            if raised.signal_number != signals.ALARM:
                raise
            return  # the time was over, and what was computed is saved
        except UserError as error:
            if number == 0:
                raise
            journal.fail(number, str(error))
        else:
            self._note(number, rung, reached)
        self.say(journal.records()[number])

    def _note(self, number: int, rung: int, reached: Rung) -> None:
        if not reached.finished and reached.share < RUNGS[rung] - 1e-9:
            return  # the time was over
        if math.isfinite(self._study.value(reached)):
            self._study.journal.report(number, reached)
        else:
            self._study.journal.fail(number, f"{self._study.facts.metric} is not a number")


def _share(record: Record) -> float:
    """Of its steps, that a trial has behind it."""
    return record.rungs[-1].share if record.rungs else 0.0
