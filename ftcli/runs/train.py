"""How a training begins, or goes on, for the command line and for Python."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.schema import Experiment
from ftcli.contracts import PathLike
from ftcli.data.findable import findable
from ftcli.runs.checkpoints import naming
from ftcli.runs.directory import RunDirectory
from ftcli.runs.experiment_checks import load_checked
from ftcli.runs.session import prepare
from ftcli.runs.training import Training
from ftcli.training.distributed.group import Group


def train(experiment: PathLike | Experiment, *overrides: str) -> Path:
    """Train as a YAML file says, or an `Experiment`, in this process; the directory of the run. Nothing is printed.

    `overrides` are "key=value", as on the command line. A run that ends before its first checkpoint leaves no
    directory. Errors are `ftcli.errors.UserError`s.
    """
    name = "run"
    if not isinstance(experiment, Experiment):
        path = Path(experiment)
        experiment, name = load_checked(path, overrides), path.stem
    training = new_training(experiment, name)
    try:
        training.begin()
        for _ in training:
            pass
    except BaseException:
        training.abandon()
        raise
    return training.directory.path


def new_training(
    experiment: Experiment, name: str, group: Group | None = None, *, dry: bool = False
) -> Training:
    """A training that has not begun, in the run directory that the experiment, or its `name`, asks for.

    Nothing is written to that directory. All processes of a group call it. `dry` is as for `Training`.
    """
    group = group or Group()
    with group.agreeing():
        directory = RunDirectory.choose(experiment, name)
        session = prepare(experiment, group=group)
    return Training(session, directory if group.leads else directory.of_others(), dry=dry)


def resumed_training(
    directory: RunDirectory, experiment: Experiment, group: Group | None = None, *, edited: bool = False
) -> Training:
    """The training of an earlier run, where its newest checkpoint has it; from the start where nothing was saved yet.

    All processes of a group call it; the one that leads has locked the directory. `edited`: `experiment` is not what
    the directory has, which gets it.
    """
    group = group or Group()
    # Without a checkpoint it starts as it did, with its original weights.
    begun = group.broadcast(bool(naming.found(directory.checkpoints)))
    with group.agreeing():
        session = prepare(experiment, directory if begun else None, group)
    own = directory if group.leads else directory.of_others()
    return Training(session, own, resume=True, edited=findable(experiment) if edited else None)
