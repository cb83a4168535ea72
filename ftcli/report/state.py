"""How it stands with a run: whether it is finished, trains now, can go on, or is damaged. No weights are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ftcli import __version__
from ftcli.errors import RunError
from ftcli.report.checked import words
from ftcli.report.run import EXPERIMENT, SUMMARY, Run, read_run
from ftcli.system.durable import UNREADABLE, DamageError, check_size, manifest
from ftcli.system.lock import Lock

FINISHED, TRAINING, INTERRUPTED, DAMAGED = "finished", "training now", "interrupted", "damaged"
_CHECKPOINTS, _TARGET = "checkpoints", "model/target.json"


@dataclass(frozen=True, slots=True)
class Standing:
    """A run and its state, one of those above; `detail` are a few words more, or nothing."""

    run: Run
    state: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.state}: {self.detail}" if self.detail else self.state


def standing(path: Path) -> Standing:
    """The run in a folder as it is now. A damaged one is a state, not an error."""
    try:
        run = read_run(path)
    except RunError:
        run = Run(path, path.resolve().name)
    except UNREADABLE as error:
        return Standing(Run(path, path.resolve().name), DAMAGED, str(error))
    if Lock(path).is_taken():
        return Standing(run, TRAINING, _progress(run))
    if problem := _damage(run):
        return Standing(run, DAMAGED, problem)
    if not run.ended:
        return Standing(run, INTERRUPTED, _progress(run) or "before its first epoch")
    return Standing(run, FINISHED, _made_by(run))


def _progress(run: Run) -> str:
    of = f" of {run.planned}" if run.planned else ""
    return f"{run.history.done}{of} epochs" if run.history.done else ""


def _made_by(run: Run) -> str:
    version = run.environment.get("ftcli", "")
    return "" if version == __version__ else f"by ftcli {version}" if version else "by an older ftcli"


def _damage(run: Run) -> str:
    """What keeps the run from being used, or from going on; nothing where it does."""
    if not (run.path / EXPERIMENT).is_file():
        return f"{EXPERIMENT} is missing"
    unreadable = (one for one in run.problems if one.startswith((f"{EXPERIMENT}:", f"{SUMMARY}:")))
    if (first := next(unreadable, None)) or not run.task:
        # What a parser says is not a few words.
        return first.partition(" (")[0] if first else f"{EXPERIMENT} has no task"
    if not (run.path / _TARGET).is_file():
        return f"{_TARGET} is missing"
    return _checkpoint_damage(run)


def _checkpoint_damage(run: Run) -> str:
    """A run that has ended needs each of its checkpoints; another one of them, or none, from which it begins again."""
    folders = sorted(one for one in (run.path / _CHECKPOINTS).glob("epoch-*") if one.is_dir())
    problems = [f"{one.name}: {problem}" for one in folders if (problem := words(_resized(one)))]
    if run.ended:
        return problems[0] if problems else "" if folders else f"{_CHECKPOINTS} is empty"
    return problems[-1] if problems and len(problems) == len(folders) else ""


def _resized(checkpoint: Path) -> str:
    """What is wrong with a checkpoint by the sizes of its files, which is seen at once."""
    try:
        for name, wanted in manifest(checkpoint).items():
            check_size(checkpoint / Path(name).name, wanted["bytes"])
    except DamageError as error:
        return str(error)
    return ""
