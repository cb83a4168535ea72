"""What is known of all trials, in a journal of Optuna on disk that several processes write, and what to try next.

The journal holds facts: which trials there are, how far each was sent, what it reported. Optuna's own states have no
word for a trial that is paused: it would take one that runs for a bad one ("constant liar"), and one that is pruned
never runs again. So a sampler is asked over a copy in memory, in which a paused trial is one with figures so far.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.errors import RunError
from ftcli.studies.trials import Rung
from ftcli.studies.tuning.halving import RUNGS, Standing
from ftcli.studies.tuning.sampling import distribution, optuna, quiet
from ftcli.studies.tuning.space import Dimension, Point, Value
from ftcli.system import durable

_NAME = "tune"
# Trials before the sampler has enough of them to model what is good; those are drawn at random.
_STARTUP = 8
# Of the trials, those that are good, where the importance of keys is asked for.
_GOOD = 0.25
# From so many trials on it says something.
_LEAST = 8


@dataclass(frozen=True, slots=True)
class Record:
    """What the journal holds of one trial."""

    number: int
    point: Mapping[str, Value]
    # The rung that it was last sent to, and what it reported of those that it has reached.
    sent: int
    rungs: tuple[Rung, ...]
    # Why it does not go on.
    failed: str | None

    @property
    def finished(self) -> bool:
        """Whether it is trained to its end."""
        return bool(self.rungs) and self.rungs[-1].finished

    def standing(
        self, value: Callable[[Rung], float], *, busy: bool = False, closed: bool = False
    ) -> Standing:
        """How the scheduler sees it; `value` is how good a rung is. An early stop is the end of all rungs."""
        values = tuple(map(value, self.rungs))
        if self.finished:
            values += values[-1:] * (len(RUNGS) - len(values))
        failed, default = self.failed is not None, self.number == 0
        return Standing(
            self.number, values, self.sent, busy=busy, failed=failed, pinned=default, closed=closed
        )


class Journal:
    """The trials of one study. `value` says how good a rung is; higher is better."""

    def __init__(
        self,
        path: Path,
        space: Sequence[Dimension],
        start: Point,
        *,
        seed: int,
        value: Callable[[Rung], float],
    ) -> None:
        """`start` is where the defaults lie in the space.

        Raises `InstallationError` without Optuna, and `RunError` for a file that is damaged.
        """
        self._optuna = optuna()
        self._space, self._start, self._seed, self._value = space, start, seed, value
        # What is tried once the rates around the default are: what heads alone suggest.
        self.hint: Point | None = None
        try:
            with quiet():
                self._open(path)
            self.records()
        except OSError:
            raise
        except (*durable.UNREADABLE, AssertionError) as error:
            raise RunError(
                f"{path}: cannot be read, so the study cannot go on: begin a new one with --output"
            ) from error

    def _open(self, path: Path) -> None:
        journals = self._optuna.storages.journal
        lock = journals.JournalFileSymlinkLock(str(path))
        _drop_unfinished(path, lock)
        backend = journals.JournalFileBackend(str(path), lock_obj=lock)
        self._storage = self._optuna.storages.JournalStorage(backend)
        self._study = self._optuna.create_study(
            storage=self._storage, study_name=_NAME, direction="maximize", load_if_exists=True
        )._study_id

    def records(self) -> list[Record]:
        """All trials, by their numbers."""
        return [_record(one) for one in self._storage.get_all_trials(self._study, deepcopy=False)]

    def begin(self, most: int | None = None) -> Record | None:
        """A new trial; None where there are `most` already. Its number decides among several that begin at once."""
        trials = self._optuna.trial
        template = trials.create_trial(state=trials.TrialState.RUNNING)
        id_ = self._storage.create_new_trial(self._study, template_trial=template)
        number = int(self._storage.get_trial_number_from_id(id_))
        if most is not None and number >= most:
            self.fail(number, "surplus")
            return None
        self.complete(number)
        return self.records()[number]

    def complete(self, number: int) -> None:
        """Give a trial its point, which one whose worker was killed in between may not have."""
        if "point" not in self._attributes(number):
            self._set(number, "point", dict(self._point(number)))

    def send(self, number: int, rung: int) -> None:
        """Note that a trial is trained on to a rung."""
        self._set(number, "sent", rung)

    def report(self, number: int, rung: Rung) -> None:
        """Note that a trial has reached the next rung."""
        rungs = [*self._attributes(number).get("rungs", []), list(rung)]
        self._set(number, "rungs", rungs)
        if rung.finished:
            state = self._optuna.trial.TrialState.COMPLETE
            self._storage.set_trial_state_values(self._id(number), state, [self._value(rung)])

    def fail(self, number: int, why: str) -> None:
        """Note that a trial does not go on."""
        self._set(number, "failed", why)
        self._storage.set_trial_state_values(self._id(number), self._optuna.trial.TrialState.FAIL)

    def importances(self) -> dict[str, float]:
        """How much of what tells good trials from others each key explains (PED-ANOVA), at the first rung.

        Nothing where there are too few trials, or all are alike.
        """
        known = [one for one in self.records() if one.rungs and self._whole(one)]
        values = [self._value(one.rungs[0]) for one in known]
        if len(known) < _LEAST or len(set(values)) < 2:
            return {}
        with quiet():
            study, importance = self._copy([], None), self._optuna.importance
            for one, value in zip(known, values, strict=True):
                study.add_trial(self._frozen(one, "COMPLETE", value=value))
            evaluator = importance.PedAnovaImportanceEvaluator(target_quantile=_GOOD)
            found = importance.get_param_importances(study, evaluator=evaluator)
        return {key: float(share) for key, share in found.items() if math.isfinite(share)}

    # ----------------------------------------------------------------------------------------- what to try

    def _point(self, number: int) -> Mapping[str, Value]:
        if number == 0:
            return self._start
        rate = next((one for one in self._space if one.key == "optimizer.lr"), None)
        if number in (1, 2) and rate is not None and rate.key in self._start:
            moved = float(self._start[rate.key]) * (3 if number == 1 else 1 / 3)
            if rate.values.holds(moved):
                return {**self._start, rate.key: moved}
        if number == 3 and self.hint is not None:
            return self.hint
        return self._sampled(number)

    def _sampled(self, number: int) -> Mapping[str, Value]:
        """A point that Optuna's sampler asks for; the same one for the same trials before it."""
        with quiet():
            sampler = self._optuna.samplers.TPESampler(seed=self._seed + number, n_startup_trials=_STARTUP)
            study = self._copy(
                [one for one in self.records() if one.number < number and self._whole(one)], sampler
            )
            asked = study.ask({one.key: distribution(one) for one in self._space})
        return dict(asked.params)

    def _whole(self, record: Record) -> bool:
        """Whether a trial has a value in every dimension: the defaults may lie outside of what a user searches."""
        return all(one.key in record.point for one in self._space) and record.failed != "surplus"

    def _copy(self, records: Sequence[Record], sampler: Any) -> Any:
        study = self._optuna.create_study(sampler=sampler, direction="maximize")
        for one in records:
            if one.finished:
                study.add_trial(self._frozen(one, "COMPLETE", value=self._value(one.rungs[-1])))
            elif one.rungs or one.failed:
                figures = {rung: self._value(reached) for rung, reached in enumerate(one.rungs)}
                study.add_trial(self._frozen(one, "PRUNED", intermediate_values=figures))
            else:
                study.add_trial(self._frozen(one, "RUNNING"))
        return study

    def _frozen(self, record: Record, state: str, **figures: Any) -> Any:
        trials, distributions = self._optuna.trial, {one.key: distribution(one) for one in self._space}
        point = {key: record.point[key] for key in distributions}
        return trials.create_trial(
            state=trials.TrialState[state], params=point, distributions=distributions, **figures
        )

    # ------------------------------------------------------------------------------------------- the storage

    def _id(self, number: int) -> int:
        return int(self._storage.get_trial_id_from_study_id_trial_number(self._study, number))

    def _attributes(self, number: int) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._storage.get_trial(self._id(number)).user_attrs
        return found

    def _set(self, number: int, name: str, value: Any) -> None:
        self._storage.set_trial_user_attr(self._id(number), name, value)


def _drop_unfinished(path: Path, lock: Any) -> None:
    """Without a last line that a full disk has cut: the next one would be a part of it."""
    if not path.exists():
        return
    lock.acquire()
    try:
        with path.open("rb+") as file:
            content = file.read()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                file.truncate(whole)
    finally:
        lock.release()


def _record(trial: Any) -> Record:
    known = trial.user_attrs
    rungs = tuple(Rung(*one) for one in known.get("rungs", []))
    return Record(trial.number, known.get("point", {}), known.get("sent", 0), rungs, known.get("failed"))
