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

import numpy as np

from ftcli.config.schema import Experiment
from ftcli.metrics.intervals import of_means
from ftcli.metrics.paired import paired
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import load_run_experiment
from ftcli.studies.trials import HeldOut, Trial
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.study import Study
from ftcli.system import durable
from ftcli.system.bounded import read_json

# How many meet the default again, and how often each is trained.
FINALISTS, SEEDS = 2, 2
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


class Finals:
    """The last part of a study. `until` is by `time.time`."""

    def __init__(self, study: Study, until: float = math.inf) -> None:
        self._study, self._until = study, until
        self.say: Callable[[str], None] = lambda words: None

    def verdict(self) -> Verdict:
        """Train the finalists again, as far as there is time, and decide."""
        study = self._study
        finished = [one for one in study.journal.records() if one.finished and one.failed is None]
        if not finished or finished[0].number != 0:
            return Verdict(0, self._cut_off(), final=False)
        ranked = sorted(finished, key=lambda one: (-study.value(one.rungs[-1]), one.number))
        better = ranked[: ranked.index(finished[0])][:FINALISTS]
        if not better:
            return Verdict(0, "the default is kept: no trial was better")
        for number, seed in self._planned([one.number for one in better]):
            record = next(one for one in finished if one.number == number)
            if time.time() + sum(rung.seconds for rung in record.rungs) >= self._until:
                break
            self._again(number, seed)
        differences = tuple(one for record in better if (one := self._difference(record.number)) is not None)
        return _decided(differences)

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

    def _planned(self, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The best and the default with each seed first: what is compared once says more than what is not."""
        first, *others = numbers
        seeds = [self._study.facts.seed + 1 + one for one in range(SEEDS)]
        yield from ((number, seed) for seed in seeds for number in (0, first))
        yield from ((number, seed) for number in others for seed in seeds)

    def _again(self, number: int, seed: int) -> None:
        name = f"{number:04d}-seed-{seed}"
        path = self._study.folder / "reruns" / f"{name}.json"
        if path.exists():
            return
        self.say(f"trial {number} again, with the seed {seed}")
        durable.make(path.parent)
        trial = Trial(self._seeded(number, seed), path.parent / name)
        trial.deadline = self._until
        if not trial.advance(1.0).finished:
            return
        durable.write_text(path, json.dumps(trial.held_out()._asdict()) + "\n")
        durable.remove(trial.folder)

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


def _decided(differences: Sequence[Difference]) -> Verdict:
    if not differences:
        return Verdict(0, "the default is kept: there was no time to train the best again with another seed")
    best = max(differences, key=lambda one: one.gain)
    if best.clear:
        reason = f"trial {best.number} replaces the default: it is better by more than chance"
        return Verdict(best.number, reason, tuple(differences))
    reason = f"the default is kept: with new seeds trial {best.number} is not better by more than chance"
    return Verdict(0, reason, tuple(differences))


def needed(study: Study, records: Sequence[Record]) -> float:
    """Seconds for the finals, as far as they are known: what the default took, once for each training of them."""
    rungs = records[0].rungs if records else ()
    if not rungs:
        return 0.0
    whole = sum(rung.seconds for rung in rungs) / rungs[-1].share
    return (SEEDS * (1 + FINALISTS) + 1) * whole
