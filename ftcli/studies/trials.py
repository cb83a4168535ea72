"""One training of a study, in a folder of its own: paused at a share of its steps, promoted later by exact resume.

The schedules are those of the full length, whatever share is trained, so a trial that is paused and promoted ends with
the bytes of one that was never paused. `tune` and the race of `recommend` stand on it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ftcli.config.schema import Experiment
from ftcli.metrics.figures import lower_is_better
from ftcli.runs.batches import scored_batches
from ftcli.runs.checkpoints import retention, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.outcomes.scored_examples import ScoredExamples
from ftcli.runs.resume_guard import load_run_experiment
from ftcli.runs.resuming import load_weights
from ftcli.runs.scoring import score
from ftcli.runs.train import new_training, resumed_training
from ftcli.runs.training import Training
from ftcli.system import signals
from ftcli.training.reports import EpochReport, StepReport

# Keys of `training` that a trial does without, and their values there: it has the steps of its epochs, whatever limit
# of time the user's own training has; no tracker follows it, and nothing is scored before its first step.
OWN: Mapping[str, Any] = {"time": None, "tensorboard": False, "trackers": (), "score_first": False}


class Rung(NamedTuple):
    """How far a trial is, and how good."""

    # Of the steps of its plan: 1.0 once it is finished.
    share: float
    # Optimizer steps that it has behind it.
    step: int
    # The watched figure on the validation split, of the weights as they are at this step; not a number where the time
    # was over before the share that was asked for: nothing is validated behind it.
    metric: float
    # The best that it has had, at this step or at the end of an epoch.
    best: float
    # Wall time of this call, with opening the data and the network.
    seconds: float
    # Whether training is over: all steps, or an early stop.
    finished: bool
    # Optimizer steps that this call has computed.
    steps_run: int
    # The validation loss beside `metric`, or, once it is finished, of the best epoch: of two with the same figure the
    # one with the lower loss is better.
    loss: float = math.nan
    # Of the seconds, those before the first step: to open the data and the network, and for the probe of a new one.
    opening: float = 0.0


class Begun(NamedTuple):
    """What is known of a trial before its first step."""

    # With every key spelled out.
    experiment: Experiment
    # Optimizer steps of the plan.
    steps: int
    # The watched figure.
    metric: str
    # Examples of the validation split.
    validated: int


class HeldOut(NamedTuple):
    """What the best checkpoint of a trial scores on a split."""

    figures: Mapping[str, float]
    # Of each example in the order of the split, higher is better; empty where batches do not hold them one by one.
    scores: tuple[float, ...]


class Trial:
    """A training that goes on in parts. Its folder is a run directory, which only this writes to."""

    def __init__(self, experiment: Experiment, folder: Path) -> None:
        """`experiment` is that of a run of its own; where it writes and what follows it is set here."""
        self.experiment, self.folder = _of_study(experiment, folder), folder
        # Called with each report of the training: to show it, or to say that this process is alive.
        self.watch: Callable[[object], None] = lambda report: None
        # By `time.monotonic`: it pauses after the step in which that is reached, short of the share that was asked for.
        self.deadline = math.inf

    def begin(self) -> Begun:
        """Open the data and the network, and write all but the first step."""
        with self._opened() as training:
            training.pause = 0
            self._train(training)
            session = training.session
            return Begun(session.experiment, training.steps, session.metric, len(session.splits.val or ()))

    def advance(self, until: float) -> Rung:
        """Train on to the share `until` (0..1] of the steps, from the last checkpoint, and pause with one there.

        No step is taken twice, but those after the last checkpoint of a process that was killed. A signal pauses it
        with a checkpoint, and is raised as `Interruption`. Raises `ConfigError` without a validation split.
        """
        if not 0 < until <= 1:
            raise ValueError(f"until is {until}, and should be above 0 and at most 1")
        started = time.monotonic()
        with self._opened() as training:
            opening = time.monotonic() - started
            progress = training.fit.progress
            wanted = training.pause = math.ceil(until * training.steps - 1e-9)
            steps, figures = self._train(training)
            progress = training.fit.progress
            retention.prune(training.directory.checkpoints, progress.best_epoch, newest=1)
            metric = training.session.metric
            finished = progress.stopped is not None or progress.step >= training.steps
            share = 1.0 if finished else progress.step / training.steps
            if not figures:
                in_time = finished or progress.step >= wanted
                figures = _validated(training) if in_time else {metric: math.nan, "loss": math.nan}
            better = min if lower_is_better(metric) else max
            known = [one for one in (figures[metric], progress.best.get(metric)) if one is not None]
            best = better((one for one in known if not math.isnan(one)), default=math.nan)
            seconds = time.monotonic() - started
            judged = progress.best if finished and progress.best else figures
            return Rung(
                share, progress.step, figures[metric], best, seconds, finished, steps, judged["loss"], opening
            )

    def finish(self) -> Mapping[str, Any]:
        """Train what is left, score the best checkpoint on all held-out splits, and make a whole run of the folder.

        Gives the run's summary.
        """
        directory = RunDirectory(self.folder)
        if not directory.summary():
            with self._opened() as training:
                self._train(training)
            signals.listen_again()
        return directory.summary()

    def held_out(self, split: str = "val") -> HeldOut:
        """Score the best checkpoint of a trial that is not `finish`ed. No step is taken."""
        with self._opened() as training:
            session, best = training.session, retention.best(training.directory.checkpoints)
            load_weights(session, storage.load(best, training=False).weights, best)
            batches = scored_batches(training.caching, getattr(session.splits, split))
            found = score(session.model, session.task, batches, session.precision, session.group)
            examples = ScoredExamples.of(session.task, found)
            known = [] if examples is None else [examples.scores.score[place] for place in examples.places]
            return HeldOut(dict(found.figures), tuple(map(float, known)))

    def _train(self, training: Training) -> tuple[int, Mapping[str, float]]:
        """The steps that were computed, and the figures of the last epoch if no step came after it."""
        steps, figures = 0, dict[str, float]()
        for report in training:
            self.watch(report)
            if time.monotonic() >= self.deadline and training.pause is not None:
                training.pause = min(training.pause, training.fit.progress.step)
            if isinstance(report, StepReport):
                steps, figures = steps + 1, {}
            elif isinstance(report, EpochReport):
                figures = dict(report.figures)
        return steps, figures

    @contextmanager
    def _opened(self) -> Iterator[Training]:
        """The training where it was paused, or a new one; its folder is locked meanwhile."""
        directory = RunDirectory(self.folder)
        begun = (self.folder / "experiment.yaml").is_file()
        if begun:
            directory.lock.take()
        try:
            if begun:
                training = resumed_training(directory, load_run_experiment(directory))
            else:
                training = new_training(self.experiment, self.folder.name)
            directory = training.directory
            if training.fit.evaluate is None:
                problem = "a study compares by a validation split, and there is none. A fraction would do, such as 0.2"
                raise self.experiment.places.error("data.val", problem)
            try:
                training.begin()
                yield training
            except BaseException:
                training.abandon()
                raise
            training.receipt.stop()
        finally:
            directory.lock.free()


def _of_study(experiment: Experiment, folder: Path) -> Experiment:
    """The experiment in a folder of the study."""
    return replace(experiment, output=str(folder), training=replace(experiment.training, **OWN))


def _validated(training: Training) -> Mapping[str, float]:
    """The validation figures of the weights as they are."""
    fit, model = training.fit, training.session.model
    assert fit.evaluate is not None
    with fit.ema.applied(model), training.group.unsharded(model) as whole:
        return fit.evaluate(whole)
