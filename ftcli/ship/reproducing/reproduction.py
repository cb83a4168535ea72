"""A run once more: its inputs are compared, then it is trained again into a directory of its own, and compared.

reproduction = Reproduction(read_claim(path), Asked())
if not reproduction.refusals():
    reproduction.prepare()
    if not reproduction.refused: reproduction.train(watch); reproduction.compare()
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ftcli.config.schema import Experiment
from ftcli.errors import RunError
from ftcli.runs.checkpoints import retention
from ftcli.runs.directory import RunDirectory
from ftcli.runs.experiment_checks import check_paths
from ftcli.runs.probing.probing import probed
from ftcli.runs.receipts.inputs import moved, moved_weights
from ftcli.runs.receipts.losses import read_losses
from ftcli.runs.receipts.machine import changed, code_sha256, machine_of, packages
from ftcli.runs.session import Session, prepare
from ftcli.runs.training import Training
from ftcli.ship.reproducing.claim import Claim
from ftcli.ship.reproducing.comparison import (
    FigureCompared,
    LossesCompared,
    WeightsCompared,
    compare_figures,
    compare_losses,
    compare_weights,
    figures_equal,
)
from ftcli.ship.reproducing.expected import expected
from ftcli.ship.reproducing.sources import Sources, check_sources, listed_problems
from ftcli.training.hardware import available_cores
from ftcli.training.reports import EpochReport, StepReport

Watch = Callable[[Training], None]
# Variables by which a user says how many threads compute.
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user gives beside the run: other places of data and weights, where the new run goes, and how many steps
    are enough."""

    data: Path | None = None
    weights: Path | None = None
    output: Path | None = None
    quick: int | None = None
    # Other machines than this one's defaults: as `training.device` has it.
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """All that was compared; without weights and figures where only some steps were taken."""

    losses: LossesCompared
    figures: tuple[FigureCompared, ...] = ()
    all_figures_equal: bool = True
    weights: WeightsCompared | None = None


@dataclass(slots=True)
class Reproduction:
    """One reproduction, step by step; every step raises `UserError`s only."""

    claim: Claim
    asked: Asked
    sources: Sources = field(default_factory=Sources)
    # What differs of machine, packages and code, with what was and what is.
    differences: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    session: Session | None = None
    # Where the new run is; None where only some steps were taken.
    path: Path | None = None
    compared: Compared | None = None

    def __post_init__(self) -> None:
        if not self.claim.ended and self.asked.quick is None:
            self.asked = replace(self.asked, quick=_logged(self.claim))
        self.claim = replace(self.claim, experiment=_experiment(self.claim, self.asked))

    def refusals(self) -> list[str]:
        """What speaks against a training, as far as it is known before data and model are opened."""
        edits = [
            f"{key} {words} in the experiment.yaml of the run, which was edited"
            for key, words in self.claim.edits.items()
        ]
        self.sources = Sources(tuple(edits or listed_problems(self.claim)))
        return list(self.sources.problems)

    def prepare(self) -> None:
        """Open data and model, and compare them, this machine and its packages with what was recorded."""
        check_paths(self.claim.experiment)
        experiment = self.claim.experiment
        machine = self.claim.recorded("machine") or {}
        _use_threads(machine.get("threads"))
        self.session = prepare(experiment)
        self.sources = check_sources(self.claim, self.session)
        if self.claim.receipt is not None:
            found = changed(machine, machine_of(self.session))
            found |= changed(self.claim.recorded("packages"), packages())
            found |= changed({"code": self.claim.recorded("code")}, {"code": code_sha256()})
            self.differences = {key: pair for key, pair in found.items() if pair[0] is not None}

    def train(self, watch: Watch) -> None:
        """Train it again; `watch` goes through the training to its end, or to where it is enough."""
        assert self.session is not None
        self.session = probed(self.session)
        with self._directory() as directory:
            training = Training(self.session, directory)
            self._decide(training)
            try:
                training.begin()
                if self.asked.quick is None:
                    watch(training)
                else:
                    self._take_steps(training)
            except BaseException as raised:
                error = training.cause(raised)
                training.abandon()
                raise error from error.__cause__
            self.compared = self._compare(training)
            training.receipt.stop()
            directory.lock.free()

    @property
    def last_step(self) -> int | None:
        """The last step that is taken: as many as asked for, or up to the first whose loss was recorded."""
        if self.asked.quick is None:
            return None
        steps = [step for step, *_ in self.claim.losses.by_step()]
        return max(self.asked.quick, min(steps, default=0))

    def causes(self) -> list[str]:
        """What can be why bits differ."""
        causes = [f"{key} {_shown(old)} -> {_shown(new)}" for key, (old, new) in self.differences.items()]
        causes += self.claim.recorded("departures") or []
        machine = self.claim.recorded("machine") or {}
        if str(machine.get("device", "cpu")) != "cpu" and not machine.get("deterministic_algorithms"):
            causes.append(
                f"{machine['device']} adds in an order of its own, as its algorithms are not deterministic"
            )
        return causes

    def _decide(self, training: Training) -> None:
        """Let a limit of time decide what it has decided then, whatever the speed of this machine is."""
        decided = self.claim.decided
        if decided is None:
            return
        try:
            training.fit.course.follow(decided)
        except ValueError as error:
            raise RunError(
                f"{self.claim.name}: the decisions of training.time that it has kept cannot be taken again: {error}"
            ) from error

    def _take_steps(self, training: Training) -> None:
        """Train up to the last step that is compared; where an epoch ended with it, to the end of the epoch."""
        last, ends = self.last_step or 0, self.claim.losses.ends.values()
        reports = iter(training)
        assert isinstance(reports, Generator)
        with closing(reports):
            for report in reports:
                over = isinstance(report, StepReport | EpochReport) and report.step >= last
                if over and (isinstance(report, EpochReport) or last not in ends):
                    break

    def _compare(self, training: Training) -> Compared:
        losses = compare_losses(
            self.claim.losses, read_losses(training.directory.metrics.path), last_step=self.last_step
        )
        if self.asked.quick is not None:
            return Compared(losses)
        now = {name: dict(one.figures) for name, one in training.scores.items()}
        figures = compare_figures(
            self.claim, now, {one: expected(self.claim, one) for one in ("val", "test")}
        )
        weights = compare_weights(self.claim, retention.best(training.directory.checkpoints))
        return Compared(losses, tuple(figures), figures_equal(self.claim.figures, now), weights)

    @contextmanager
    def _directory(self) -> Iterator[RunDirectory]:
        """Where the new run is written: never that of the run; one that goes away again, if steps are all."""
        if self.asked.quick is not None:
            with tempfile.TemporaryDirectory(prefix="ftcli-reproduce-") as folder:
                yield RunDirectory(Path(folder) / "run")
            return
        self.path = self.asked.output or free_beside(self.claim)
        assert self.session is not None
        self.session.experiment = replace(self.session.experiment, output=str(self.path))
        yield RunDirectory.choose(self.session.experiment, self.claim.name)


def _logged(claim: Claim) -> int:
    """The last step that a run which has not ended has logged. Raises `RunError` where it has logged none."""
    steps = [step for step, *_ in claim.losses.by_step() if step > 0]
    if not steps:
        raise RunError(f"{claim.name} has not ended, and has logged nothing yet that could be compared")
    return max(steps)


def free_beside(claim: Claim) -> Path:
    """The first of NAME.r1, NAME.r2, ... that is not there, beside the run, or in `runs` for a receipt alone."""
    around = claim.run.path.absolute().parent if claim.run is not None else Path("runs")
    if claim.run is not None and not claim.run.path.is_absolute():
        around = claim.run.path.parent
    name = claim.run.path.absolute().name if claim.run is not None else Path(claim.name).name or "run"
    number = 1
    while (path := around / f"{name}.r{number}").exists():
        number += 1
    return path


def _experiment(claim: Claim, asked: Asked) -> Experiment:
    """The experiment as it was, on the device and with the precision that it had, with data and weights where they are
    now."""
    experiment = replace(claim.experiment, output=None)
    cache = experiment.data.cache
    if cache.folder is not None and not Path(cache.folder).is_dir():
        experiment = replace(experiment, data=replace(experiment.data, cache=replace(cache, folder=None)))
    base = claim.recorded("base")
    if asked.data is not None:
        if base is None:
            raise RunError(
                "--data: the data of this run are no files with a folder of their own: leave it out"
            )
        if not asked.data.is_dir():
            raise RunError(f"--data {asked.data}: a folder is wanted that has what {base} had")
        experiment = replace(experiment, data=moved(experiment.data, Path(base), asked.data.absolute()))
    elif base is not None and not Path(base).exists():
        raise RunError(
            f"the data of this run were in {base}, which is not here: --data DIR says where they are"
        )
    if asked.weights is not None:
        experiment = moved_weights(experiment, asked.weights.absolute())
    return replace(experiment, training=replace(experiment.training, **_computing(claim, asked)))


def _computing(claim: Claim, asked: Asked) -> Mapping[str, Any]:
    """The device and the precision that were chosen then, where they can be had; no tracker gets the figures again."""
    machine = claim.recorded("machine") or {}
    kind = str(machine.get("device", "")).partition(":")[0]
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    device = asked.device or (
        kind if there.get(kind) else "auto" if kind else claim.experiment.training.device
    )
    same = device.partition(":")[0] == kind and machine.get("precision")
    return {
        "device": device,
        "precision": machine["precision"] if same else claim.experiment.training.precision,
        "trackers": (),
        "tensorboard": False,
        "score_first": claim.experiment.training.score_first and asked.quick is None,
    }


def _use_threads(recorded: Any) -> None:
    """As many threads as then, so that sums have the same order; unless the user says how many, or there are fewer."""
    asked = any(name in os.environ for name in _THREADS)
    if isinstance(recorded, int) and not asked and 0 < recorded <= available_cores():
        torch.set_num_threads(recorded)


def _shown(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
