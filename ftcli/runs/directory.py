"""The run directory, and the only code that writes to it.

experiment.yaml    every key spelled out; `ftcli train` on it repeats the run
environment.json   what it ran on, and the experiment again, to recognise an edit
data.json          what its examples were
findings.json      what is wrong or odd with them, as far as it is found without decoding them
receipt.json       what it was made from and what came out, for `ftcli reproduce`; receipt-files.csv lists the files
origin.json        where weights and data come from: ids of the hub, revisions, licences that they state
probe.json         what a linear probe of the frozen features scores, or why there is none
metrics.jsonl      a line for every `log_every` steps and every epoch
summary.json       the figures of the best checkpoint, once the run has ended
outcomes.json      figures of the scored split (test, else val) with intervals, classes, the worst examples
predictions.csv    each example of that split: what is true, what is predicted, how sure, and its score
errors.csv         those that are not perfect, the worst first; errors/ has pictures of the first
confusion.csv      how often each class was predicted for each true one
report.html        what a person looks at: all of the above on one page; curves.svg has its charts
README.md          the model card: what the model is, how good, where it fails, how to use it; answers of a person
trackers.json      by what trackers know the run; tensorboard/ and wandb/ are what they made of metrics.jsonl
log.txt            the whole plan, and what was printed
skipped.txt        what was left out, as `data.bad_files` or `data.missing_labels` asks, and what is wrong with each
model/             what rebuilds the network without its original weights: classes, preprocessing, tokenizer
checkpoints/       the best and the last, without the optimizer's state once it has ended; while it trains, the last two
.ftcli-lock        who writes here
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ftcli.config.dump import dump_experiment, plain
from ftcli.config.schema import Experiment
from ftcli.contracts import Target
from ftcli.errors import RunError, command
from ftcli.report.receipt import LIST as RECEIPT_FILES
from ftcli.report.receipt import NAME as RECEIPT
from ftcli.runs.files.metrics_log import MetricsLog, OthersMetricsLog
from ftcli.runs.files.run_files import (
    BOM,
    CURVES,
    DATA,
    FINDINGS,
    ORIGIN,
    OUTCOMES,
    PROBE,
    REPORT,
    SKIPPED,
    RunFiles,
)
from ftcli.system import durable
from ftcli.system.environment import environment, launch
from ftcli.system.lock import NAME as LOCK
from ftcli.system.lock import Lock

# What is written before experiment.yaml.
_BEGUN = ("environment.json", DATA, "model", SKIPPED, FINDINGS, ORIGIN, PROBE, RECEIPT, RECEIPT_FILES)


class RunDirectory(RunFiles):
    """A run on disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.lock = Lock(path)
        self._named: str | None = None  # where the directory is the first free one of this name
        self._made: list[Path] = []  # the folders that `created` made, innermost first

    @classmethod
    def choose(cls, experiment: Experiment, name: str) -> RunDirectory:
        """The directory for a new run: `output`, which must be free, or the first free one of runs/NAME, -2, -3, ..."""
        if experiment.output is not None:
            path = Path(experiment.output)
            if path.is_file() or (path.is_dir() and _has_more(path)):
                problem = (
                    f"{path} is not empty. Choose another directory, "
                    f"remove it, or go on with it: {command('train', '--resume', path)}"
                )
                raise RunError(str(experiment.places.mistake("output", problem)))
            return cls(path)
        found = cls(_free(name))
        found._named = name
        return found

    @classmethod
    def existing(cls, path: Path) -> RunDirectory:
        """The directory of an earlier run. Raises `RunError` if `path` is not one."""
        if not (path / "experiment.yaml").is_file():
            here = "is not a run directory: it has no experiment.yaml" if path.is_dir() else "does not exist"
            raise RunError(f"{path} {here}. Looked at {path.absolute()}")
        return cls(path)

    @staticmethod
    def is_named_by(path: str) -> bool:
        """Whether `path` is the directory of a run, or one of its checkpoints."""
        parent, above = os.path.split(os.path.dirname(os.path.abspath(path)))
        folders = (path, parent) if above == "checkpoints" else (path,)
        return any(os.path.isfile(os.path.join(folder, "experiment.yaml")) for folder in folders)

    @classmethod
    def of_launch(cls, experiment: Experiment, name: str) -> Path | None:
        """Where an earlier attempt of the same launch by torchrun trained; None if it had not begun."""
        output = experiment.output
        tried = [Path(output)] if output is not None else sorted(Path("runs").glob(f"{name}*"))
        began = [one for one in tried if (one / "experiment.yaml").is_file()]
        own = [one for one in began if launch() == cls(one).environment().get("launch") is not None]
        return own[-1] if own else None

    def of_others(self) -> RunDirectory:
        """The same for a process that leaves the writing to another."""
        return _OthersDirectory(self.path)

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints are."""
        return self.path / "checkpoints"

    @property
    def as_weights(self) -> str:
        """The override with which another run begins from these weights, as a word for the shell."""
        return shlex.quote(f"model.weights={self.path}")

    @contextmanager
    def created(self, experiment: Experiment, target: Target, facts: Mapping[str, Any]) -> Iterator[None]:
        """Make the directory, with what is known before training; within, the files of the model are written.

        experiment.yaml comes last: what has it is a run that can go on. `facts` go to environment.json.
        """
        self._made = [path for path in (self.path, *self.path.parents) if not path.exists()]
        try:
            self._make()
            self._write("environment.json", environment() | dict(facts) | {"experiment": plain(experiment)})
            self._write("model/target.json", asdict(target))
            yield
            for entry in self.model.rglob("*"):
                durable.flush(entry)
            durable.flush(self.model)
            durable.write_text(self.path / "experiment.yaml", dump_experiment(experiment))
        except OSError as error:
            self.discard()
            raise RunError(f"{self.path}: the run directory cannot be written: {error}") from error

    def _make(self) -> None:
        """Make the directory and lock it: no other run may use it."""
        while self._named is not None:
            durable.make(self.path.parent)
            try:
                self.path.mkdir()
                durable.flush(self.path.parent)
                break
            except FileExistsError:  # another run has begun in this moment
                self.path = _free(self._named)
                self.lock, self.metrics = Lock(self.path), MetricsLog(self.path)
        durable.make(self.path)
        self.lock.take()
        durable.flush(self.path)  # what else is here belongs to a run with a lock
        if _has_more(self.path):
            raise RunError(f"{self.path} is not empty: another run has begun there. Choose another directory")
        durable.tidy(self.path)
        for name in _BEGUN:  # of a run that was killed before it began
            with suppress(FileNotFoundError):
                durable.delete(self.path / name)
        self.model.mkdir()

    def discard(self) -> None:
        """Undo `created`, for a run that left nothing to go on with; never what another process writes.

        What a kill leaves of it can go on from the start, as long as experiment.yaml is there; after that it has not
        begun.
        """
        if not self.lock.held:
            return
        for name in (*self._later(), "experiment.yaml", *_BEGUN):
            with suppress(OSError):
                durable.delete(self.path / name)
        shutil.rmtree(self.path, ignore_errors=True)
        self.lock.free()
        for parent in self._made[1:]:
            with suppress(OSError):  # others may have put something there
                parent.rmdir()
        if not self._made:  # it was there before, and empty
            self.path.mkdir(exist_ok=True)

    def _later(self) -> list[str]:
        """The names of what was written after experiment.yaml."""
        known = {LOCK, "experiment.yaml", *_BEGUN}
        return [name for name in (os.listdir(self.path) if self.path.is_dir() else ()) if name not in known]

    def reopen(self, edited: Experiment | None) -> None:
        """Take up a run that may be finished: experiment.yaml becomes `edited`, if that is given; what ended it goes.

        In this order: what a kill leaves is finished, or its experiment.yaml says that it goes on.
        """
        try:
            if edited is not None:
                durable.write_text(self.path / "experiment.yaml", dump_experiment(edited))
            if (self.path / "summary.json").exists():
                (self.path / "summary.json").unlink()
                durable.flush(self.path)
            self.remove_outcomes()
            for name in (REPORT, CURVES, BOM):
                (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise RunError(f"{self.path}: cannot be written: {error}") from error

    def remove_outcomes(self) -> None:
        """Remove what was scored at the end. Raises `OSError`."""
        for name in OUTCOMES:
            if os.path.lexists(self.path / name):
                durable.delete(self.path / name)


class _OthersDirectory(RunDirectory):
    """A run on disk that another process writes."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.metrics = OthersMetricsLog(path)

    def discard(self) -> None:
        pass

    def log(self, line: str) -> None:
        pass

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        pass

    def write_probe(self, probe: Mapping[str, Any]) -> None:
        pass


def _free(name: str) -> Path:
    """The first of runs/NAME, runs/NAME-2, ... that does not exist."""
    path, number = Path("runs") / name, 2
    while path.exists():
        path, number = Path("runs") / f"{name}-{number}", number + 1
    return path


def _has_more(path: Path) -> bool:
    """Whether a folder holds more than the beginning of a run that was killed before its experiment.yaml."""
    names = {entry.name for entry in path.iterdir() if not durable.is_temporary(entry)}
    return bool(names - ({LOCK, *_BEGUN} if LOCK in names else set()))
