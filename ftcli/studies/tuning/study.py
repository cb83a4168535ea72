"""A study on disk: what is tuned, what is searched, and the folders of its trials.

study.json     what is searched, how many trials, and what is known of the default
start.yaml     the experiment as the user wrote it: trial 0
bases/         it with every key spelled out, once for each freezing policy that is tried
journal.log    the trials, as Optuna keeps them
leases/        who works at which trial
trials/NNNN/   a run directory for each trial; once the study is over, of the default, the best, and those
               that would go on with more time
NNNN.steps     a byte for each step that was computed, whoever computed it
reruns/        the finalists once more, with new seeds: what they scored
spent.json     the seconds of all calls so far
tuned.yaml     what was chosen, to train; trials.csv and tune.json say how it came about
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from ftcli.config.dump import dump_experiment
from ftcli.config.schema import Experiment, Part
from ftcli.data.findable import findable
from ftcli.errors import ConfigError, Mistake, RunError, command
from ftcli.metrics.figures import lower_is_better
from ftcli.runs.checks import bind_known
from ftcli.runs.experiment_checks import load_checked
from ftcli.runs.probing.probing import probed
from ftcli.runs.session import Session, prepare
from ftcli.studies.folder import kept_in
from ftcli.studies.trials import Rung, Trial
from ftcli.studies.tuning import beginning, reading
from ftcli.studies.tuning.beginning import START, STUDY
from ftcli.studies.tuning.facts import Facts
from ftcli.studies.tuning.journal import Journal, Record
from ftcli.studies.tuning.leases import Leases, check_links
from ftcli.studies.tuning.search import PLACE, parse
from ftcli.studies.tuning.space import (
    Choices,
    Dimension,
    Point,
    Range,
    Value,
    default_space,
    fitted,
    overrides,
    start_point,
)
from ftcli.system import durable, signals
from ftcli.training.reports import StepReport

JOURNAL, RESULT, HEADS, SPENT = "journal.log", "tune.json", "heads.json", "spent.json"
_DEFAULT = "default"
# What a loss moves a figure by at most: less than one example of very many would.
_TIE = 1e-7
_NO_STEP = (
    "no step is taken, so there is nothing to tune. Ask for epochs, training.epochs=10, or search them, "
    "--search training.epochs=1..10"
)


class Study:
    """One study, which several processes may have open."""

    def __init__(self, folder: Path, facts: Facts) -> None:
        self.folder, self.facts = folder, facts
        self.sign = -1.0 if lower_is_better(facts.metric) else 1.0
        self.leases = Leases(folder / "leases")
        self.journal = Journal(folder / JOURNAL, facts.space, facts.start, seed=facts.seed, value=self.value)
        self._bases: dict[str, Experiment] = {}
        self.journal.hint = self._hint()

    @classmethod
    def create(cls, experiment: Experiment, folder: Path, name: str, search: Sequence[str] = ()) -> Self:
        """Begin a study of an experiment, whose first trial is begun; `search` as `search.parse` takes it.

        Raises `ConfigError` for what cannot be searched, and what `train` would raise for the experiment.
        """
        parse(search)
        try:
            with kept_in(folder):
                durable.make(folder)
                check_links(folder)
                return cls._created(experiment, folder, name, search)
        except BaseException:
            # Nothing is known yet; what began is not to be in the way of the next attempt.
            with signals.noted():
                beginning.remove(folder)
            raise

    @classmethod
    def _created(cls, experiment: Experiment, folder: Path, name: str, search: Sequence[str]) -> Self:
        durable.write_text(folder / START, _text(experiment))
        for dimension in parse(search):
            # Before data and network are opened, as far as the answer does not depend on them.
            _check(dimension, folder / START, experiment, load_checked)
        # Mistakes are where the user wrote them, not in the copy.
        first = replace(load_checked(folder / START), places=experiment.places)
        begun = Trial(first, _trial(folder, 0)).begin()
        base = replace(begun.experiment, output=None)
        durable.make(folder / "bases")
        durable.write_text(_base(folder, _DEFAULT), dump_experiment(base))
        asked = fitted(parse(search, begun.metric), base)
        space = tuple(asked or default_space(base))
        for dimension in asked:
            _check(dimension, _base(folder, _DEFAULT), base, _bound)
        if not begun.steps and not any(one.key == "training.epochs" for one in space):
            raise ConfigError([Mistake(name, "training.epochs", _NO_STEP)])
        facts = Facts(
            name, space, start_point(space, base), begun.metric, begun.steps, begun.validated,
            base.training.seed, base.freeze.name if base.freeze else "", tuple(search),
        )  # fmt: skip
        facts.write(folder / STUDY)
        return cls(folder, facts)

    @classmethod
    def existing(cls, folder: Path) -> Self:
        """A study that has begun. Raises `RunError` where none has, or it cannot be read."""
        path = folder / STUDY
        if not path.is_file():
            raise RunError(
                f"{folder}: no study is here that could go on. Begin one: {command('tune', 'CONFIG')}"
            )
        return cls(folder, Facts.read(path))

    def heads(self) -> dict[str, Any]:
        """heads.json; nothing where no heads were tried, or it is damaged."""
        return reading.heads(self.folder / HEADS)

    def _hint(self) -> Point | None:
        tried = self.heads().get("tried")
        return {**self.facts.start, **tried[0]["point"], "freeze": "backbone"} if tried else None

    def check(self, experiment: Experiment, search: Sequence[str]) -> None:
        """Raise `RunError` where this is not the study of that experiment and search."""
        kept = reading.text(self.folder / START)
        if search and tuple(search) != self.facts.search:
            raise RunError(
                f"{self.folder}: the study searches something else; --resume takes no other --search"
            )
        if _text(experiment) != kept:
            raise RunError(
                f"{self.folder}: the study is of another experiment, which is in {self.folder / START}. Put the "
                "configuration back, or begin a new study with --output"
            )

    def result(self) -> dict[str, Any] | None:
        """What a finished study came to; None for one that is not, or whose file is damaged."""
        return reading.result(self.folder / RESULT)

    def spent(self) -> float:
        """Seconds that the calls before this one have taken, as far as they were noted."""
        return reading.seconds(self.folder / SPENT)

    def note_spent(self, seconds: float) -> None:
        """Note what all calls so far have taken; only the process that leads does."""
        durable.write_text(self.folder / SPENT, json.dumps({"seconds": round(seconds, 1)}) + "\n")

    def value(self, rung: Rung) -> float:
        """How good a rung is; higher is better. Of a trial that is finished its best epoch counts, which it leaves.

        Early figures of few examples are often the same: the lower loss is then better, as of two epochs.
        """
        figure = self.sign * (rung.best if rung.finished else rung.metric)
        return figure + (_TIE / (1 + rung.loss) if rung.loss >= 0 else 0.0)

    def folder_of(self, number: int) -> Path:
        """The run directory of a trial."""
        return _trial(self.folder, number)

    def trial(self, record: Record) -> Trial:
        """The training of a trial, which counts its steps."""
        trial = Trial(self.experiment(record), self.folder_of(record.number))
        trial.watch = self._counting(record.number)
        return trial

    def experiment(self, record: Record) -> Experiment:
        """What a trial trains."""
        if record.number == 0:
            return load_checked(self.folder / START)
        return load_checked(self.base_path(record.point), self.changes(record.point))

    def changes(self, point: Point) -> list[str]:
        """How a point differs from the base of its policy, as overrides."""
        return overrides(point, [one for one in self.facts.space if one.key != "freeze"], self._base(point))

    def steps_of(self, point: Point) -> int:
        """How many steps a trial has, as far as that is known before it is begun."""
        base = self._base(point)
        before = base.training.epochs or 1
        epochs = [one for one in self.changes(point) if one.startswith("training.epochs=")]
        after = int(epochs[0].partition("=")[2]) if epochs else before
        default = self._base({}).training.epochs or 1
        return max(1, round(self.facts.steps * after / default))

    def computed(self, number: int) -> int:
        """The steps of a trial that were computed, those that a killed worker lost included."""
        path = self._steps(number)
        return path.stat().st_size if path.exists() else 0

    def _counting(self, number: int) -> Any:
        path = self._steps(number)

        def count(report: object) -> None:
            if isinstance(report, StepReport):
                with path.open("ab", buffering=0) as file:
                    file.write(b".")

        return count

    def _steps(self, number: int) -> Path:
        return self.folder / "trials" / f"{number:04d}.steps"

    def _base(self, point: Point) -> Experiment:
        """The experiment that a point changes, with every key spelled out."""
        path = self.base_path(point)
        if path.stem not in self._bases:
            self._bases[path.stem] = load_checked(path)
        return self._bases[path.stem]

    def base_path(self, point: Point) -> Path:
        """The file of the base. What the user left out follows from the policy, as it would in a training."""
        policy = point.get("freeze", self.facts.policy)
        path = _base(self.folder, _DEFAULT if policy == self.facts.policy else str(policy))
        if not path.exists():
            start = load_checked(self.folder / START)
            training = replace(start.training, time=None)
            session = _with_steps(prepare(replace(start, freeze=Part(str(policy)), training=training)))
            durable.make(path.parent)
            durable.write_text(path, dump_experiment(replace(session.experiment, output=None)))
        return path


def _with_steps(session: Session) -> Session:
    """The session with its probe; of the usual length where that leaves no step, as points change what steps do."""
    begun = probed(session)
    if begun.experiment.training.epochs:
        return begun
    left_out, usual = session.left_out, session.experiment.training.epochs
    asked = left_out.experiment
    asked = replace(asked, training=replace(asked.training, epochs=usual))
    return probed(replace(session, left_out=replace(left_out, experiment=asked)))


def _text(experiment: Experiment) -> str:
    return dump_experiment(replace(findable(experiment), output=None))


def _trial(folder: Path, number: int) -> Path:
    return folder / "trials" / f"{number:04d}"


def _base(folder: Path, name: str) -> Path:
    return folder / "bases" / f"{name}.yaml"


def _bound(path: Path, changes: Sequence[str]) -> None:
    bind_known(load_checked(path, changes))


def _check(
    one: Dimension, path: Path, base: Experiment, load: Callable[[Path, Sequence[str]], object]
) -> None:
    """Raise `ConfigError` for values that `train` would not take, which `load` finds."""
    values: Sequence[Value] = one.values.values if isinstance(one.values, Choices) else _ends(one.values)
    for value in values:
        try:
            load(path, overrides({one.key: value}, [one], base))
        except ConfigError as error:
            mistakes = [replace(mistake, place=PLACE) for mistake in error.mistakes]
            raise ConfigError(mistakes) from error


def _ends(values: Range) -> list[Value]:
    return [int(end) if values.whole else end for end in (values.low, values.high)]
