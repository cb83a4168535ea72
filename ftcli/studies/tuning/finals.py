"""The finalists once more: the best of a search is also the luckiest, so it meets the default again on new seeds.

Each of them, and the default, is trained with seeds that the search has not seen, on the same splits. The default is
replaced only where the paired difference on the validation split, over those seeds, is more than chance.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ftcli.config.schema import Experiment
from ftcli.errors import Interruption
from ftcli.metrics.intervals import of_means
from ftcli.metrics.paired import paired
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import load_run_experiment
from ftcli.studies.trials import HeldOut, Trial
from ftcli.studies.tuning.costs import FINALS, Costs
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.study import Study
from ftcli.system import durable, signals
from ftcli.system.bounded import read_json

# How many meet the default again, and how often each is trained.
FINALISTS, SEEDS = FINALS[0]
_LARGEST = 1 << 28
_CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better than the default a trial is on the validation split, over new seeds; higher is better.

    `gain` is of the watched figure. The interval of 95 % and `p` are of the mean score of an example, by a bootstrap
    over examples and a paired test; None where there are too few examples for one.
    """

    number: int
    seeds: int
    gain: float
    difference: float
    low: float | None
    high: float | None
    p: float | None

    @property
    def clear(self) -> bool:
        """Whether it is better by more than chance."""
        known = self.low is not None and self.p is not None
        return known and self.low > 0 and self.p < _CHANCE and self.gain > 0  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the study came to."""

    # The trial whose settings are left, 0 for the default; and why, in words.
    chosen: int
    reason: str
    differences: tuple[Difference, ...] = ()
    # Whether the study is over: with more time there may be another verdict where the default was not trained.
    final: bool = True
    # Seconds that a study needs at least, where this one had too few.
    needed: float | None = None


class Finals:
    """The last part of a study, until `until` by `time.monotonic`. `most` are the trials that were asked for."""

    def __init__(self, study: Study, until: float = math.inf, most: int | None = None) -> None:
        self._study, self._until, self._most = study, until, most
        self.say: Callable[[str], None] = lambda words: None

    def verdict(self) -> Verdict:
        """Train the finalists again, as far as there is time, and decide."""
        records = [one for one in self._study.journal.records() if one.failed is None]
        if not records or records[0].number != 0 or not records[0].finished:
            return Verdict(0, self._cut_off(), final=False)
        better = finalists(self._study, records)
        if not better:
            return self._none_better(records)
        self._train_again([one.number for one in better], Costs(self._study, records))
        differences = tuple(one for record in better if (one := self._difference(record.number)) is not None)
        return _decided(differences) if differences else self._late("train the best again with another seed")

    def _train_again(self, numbers: Sequence[int], costs: Costs) -> None:
        """Each with new seeds, as long as all of a comparison fits: half of one says nothing."""
        points = {one.number: one.point for one in self._study.journal.records()}
        for pairs in self._planned(numbers):
            left = [pair for pair in pairs if not self._result(*pair).exists()]
            needed = math.fsum(costs.again(points[number], number) for number, _ in left)
            if time.monotonic() + needed >= self._until:
                return
            try:
                with signals.until(self._until):
                    for pair in left:
                        self._again(*pair)
            except Interruption as raised:
                if raised.signal_number != signals.ALARM:
                    raise
                return

    def _none_better(self, records: Sequence[Record]) -> Verdict:
        """Why no trial is a finalist: there is none that is better, or none had the time to become one."""
        others = records[1:]
        all_begun = self._most is not None and len(self._study.journal.records()) >= self._most
        if any(one.finished for one in others) or (not others and all_begun) or self._until == math.inf:
            return Verdict(0, "the default is kept: no trial was better")
        return self._late("train another setting to its end")

    def _late(self, what: str) -> Verdict:
        records = self._study.journal.records()
        trained = math.fsum(rung.seconds for one in records for rung in one.rungs)
        # What was done beside trials, such as opening the data, is needed, too.
        needed = max(0.0, self._study.spent() - trained) + Costs(self._study, records).least()
        words = f"the default is kept: there was no time to {what}, and to compare both with new seeds"
        return Verdict(
            0, f"{words}. All of that needs {needed / 60:.1f} min at least", final=False, needed=needed
        )

    def _cut_off(self) -> str:
        """Why there is no verdict yet."""
        records, steps = self._study.journal.records(), self._study.facts.steps
        taken = records[0].rungs[-1].step if records and records[0].rungs else 0
        taken = max(taken, self._study.computed(0))
        return f"the default is kept: the time was over before it was trained to its end, {taken:,} of {steps:,} steps"

    def results(self, number: int) -> dict[int, HeldOut]:
        """What a trial scored with each new seed."""
        found = {}
        for path in sorted((self._study.folder / "reruns").glob(f"{number:04d}-seed-*.json")):
            known = read_json(path, _LARGEST)
            found[int(path.stem.rpartition("-")[2])] = HeldOut(known["figures"], tuple(known["scores"]))
        return found

    def _planned(self, numbers: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
        """The best and the default with each seed first: what is compared once says more than what is not."""
        seeds = [self._study.facts.seed + 1 + one for one in range(SEEDS)]
        for place, number in enumerate(numbers):
            yield from ([(0, seed), (number, seed)] if not place else [(number, seed)] for seed in seeds)

    def _again(self, number: int, seed: int) -> None:
        path = self._result(number, seed)
        self.say(f"trial {number} again, with the seed {seed}")
        durable.make(path.parent)
        trial = Trial(self._seeded(number, seed), path.with_suffix(""))
        trial.deadline = self._until
        if not trial.advance(1.0).finished:
            return
        durable.write_text(path, json.dumps(trial.held_out()._asdict()) + "\n")
        durable.remove(trial.folder)

    def _result(self, number: int, seed: int) -> Path:
        return self._study.folder / "reruns" / f"{number:04d}-seed-{seed}.json"

    def _seeded(self, number: int, seed: int) -> Experiment:
        """The experiment of a trial, which draws all but its splits by another seed."""
        began = load_run_experiment(RunDirectory(self._study.folder_of(number)))
        data = replace(began.data, split_seed=began.split_seed)
        return replace(began, data=data, training=replace(began.training, seed=seed))

    def _difference(self, number: int) -> Difference | None:
        mine, default = self.results(number), self.results(0)
        seeds = sorted(mine.keys() & default.keys())
        if not seeds:
            return None
        metric, sign = self._study.facts.metric, self._study.sign
        gain = sign * float(
            np.mean([mine[one].figures[metric] - default[one].figures[metric] for one in seeds])
        )
        ours, theirs = (np.mean([held[one].scores for one in seeds], axis=0) for held in (mine, default))
        if not ours.size:
            return Difference(number, len(seeds), gain, math.nan, None, None, None)
        interval = of_means({"difference": ours - theirs}).get("difference")
        low, high = (None, None) if interval is None else (interval.low, interval.high)
        mean, test = float((ours - theirs).mean()), paired(theirs, ours)
        return Difference(number, len(seeds), gain, mean, low, high, test.p)


def finalists(study: Study, records: Sequence[Record]) -> list[Record]:
    """The best of the finished trials that are better than the default, which is the first of them."""
    finished = [one for one in records if one.finished and one.failed is None]
    ranked = sorted(finished, key=lambda one: (-study.value(one.rungs[-1]), one.number))
    return ranked[: next((place for place, one in enumerate(ranked) if one.number == 0), 0)][:FINALISTS]


def _decided(differences: Sequence[Difference]) -> Verdict:
    best = max(differences, key=lambda one: one.gain)
    if best.clear:
        reason = f"trial {best.number} replaces the default: it is better by more than chance"
        return Verdict(best.number, reason, tuple(differences))
    reason = f"the default is kept: with new seeds trial {best.number} is not better by more than chance"
    return Verdict(0, reason, tuple(differences))
