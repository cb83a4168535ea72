"""One process that trains the trials of a study, until there is nothing left to do or no time for it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from ftcli.errors import RunError, UserError
from ftcli.studies.trials import Rung
from ftcli.studies.tuning.halving import RUNGS, Job, jobs
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.space import Point
from ftcli.studies.tuning.study import Study

# Seconds between two looks at what others have reported.
_LOOK = 0.2


class RungTimes:
    """How long a rung takes, by what the trials so far took for their steps."""

    def __init__(self, study: Study, records: Sequence[Record]) -> None:
        self._study = study
        self._taken: dict[str, list[tuple[float, int]]] = {}
        for record in records:
            for rung in record.rungs:
                self._taken.setdefault(self._policy(record.point), []).append((rung.seconds, rung.steps_run))

    def seconds(self, point: Point, share: float) -> float:
        """Of that share of a trial; 0 where nothing is known yet."""
        return self._rate(point) * share * self._study.steps_of(point)

    def _rate(self, point: Point) -> float:
        """Seconds a step, with all that is around it; for a policy that is new the slowest so far."""
        rates = {policy: _mean(taken) for policy, taken in self._taken.items()}
        return rates.get(self._policy(point), max(rates.values(), default=0.0))

    def _policy(self, point: Point) -> str:
        return str(point.get("freeze", self._study.facts.policy))


def _mean(taken: Sequence[tuple[float, int]]) -> float:
    steps = sum(count for _, count in taken)
    return sum(seconds for seconds, _ in taken) / steps if steps else 0.0


class Worker:
    """Trains until `until` at the latest, by `time.monotonic`, and begins at most `most` trials with those of others.

    `reserve(records)` is how many seconds before that the search ends, as far as it is known from the trials so far.
    """

    def __init__(
        self,
        study: Study,
        *,
        until: float = math.inf,
        most: int | None = None,
        reserve: Callable[[Sequence[Record]], float] = lambda records: 0.0,
    ) -> None:
        self._study, self._until, self._most, self._reserve = study, until, most, reserve
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
        busy = {one.number for one in records if not one.finished and study.leases.held(str(one.number))}
        standings = [one.standing(study.value, busy=one.number in busy) for one in records]
        end = self._until - self._reserve(records)
        for job in jobs(standings, more=self._may_begin(records, end)):
            # The default is what all else is compared with, and what is left in any case: it has the whole time.
            until = self._until if job.number == 0 else end
            fits = time.monotonic() < until if job.number == 0 else self._fits(job, records, end)
            if fits and self._do(job, until):
                return True
        if not busy or time.monotonic() >= end:
            return False
        time.sleep(_LOOK)
        return True

    def _may_begin(self, records: Sequence[Record], end: float) -> bool:
        """Whether a new trial may begin: not where the default itself takes all the time."""
        wanted = self._most is None or len(records) < self._most
        if records and not records[0].finished:
            share = 1 - (records[0].rungs[-1].share if records[0].rungs else 0.0)
            left = RungTimes(self._study, records).seconds(records[0].point, share)
            wanted = wanted and time.monotonic() + left < self._until
        return wanted and self._fits(Job(None, 0), records, end)

    def _fits(self, job: Job, records: Sequence[Record], end: float) -> bool:
        known = {one.number: one for one in records}
        point = {} if job.number is None else known[job.number].point
        share = RUNGS[job.rung] - (RUNGS[job.rung - 1] if job.rung else 0.0)
        return time.monotonic() + RungTimes(self._study, records).seconds(point, share) < end

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
            trial = self._study.trial(journal.records()[number])
            trial.deadline = end
            reached = trial.advance(RUNGS[rung])
        except RunError:
            raise  # such as a full disk, which every trial would meet
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
