"""How a training begins, or goes on, for the command line and for Python."""

from __future__ import annotations

import time
from pathlib import Path

from ftcli.config.schema import Experiment
from ftcli.contracts import PathLike
from ftcli.data.findable import findable
from ftcli.runs.checkpoints import naming
from ftcli.runs.directory import RunDirectory
from ftcli.runs.experiment_checks import load_checked
from ftcli.runs.probing.features import Watch
from ftcli.runs.probing.probing import nobody, probed
from ftcli.runs.session import prepare
from ftcli.runs.settling.settle import Watch as Measuring
from ftcli.runs.settling.settle import not_watched, settle
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
    experiment: Experiment,
    name: str,
    group: Group | None = None,
    *,
    dry: bool = False,
    watch: Watch = nobody,
    measuring: Measuring = not_watched,
    began: float | None = None,
) -> Training:
    """A training that has not begun, in the run directory that the experiment, or its `name`, asks for.

    Nothing is written to that directory. All processes of a group call it. `dry` is as for `Training`;
    without it a probe of the frozen features is fitted first, and `watch(done, total)` follows features for it.
    `measuring` is told what is measured before, where the experiment leaves values to that.
    A limit of time counts from `began`, by `time.monotonic`; from now if that is left out.
    """
    began = time.monotonic() if began is None else began
    group = group or Group()
    with group.agreeing():
        directory = RunDirectory.choose(experiment, name)
    settled = settle(experiment, name, group, dry=dry, watch=measuring)
    with group.agreeing():
        session = prepare(settled.experiment, group=group)
    session.choices[:0] = settled.choices
    if not dry:
        session = probed(session, watch, settled.probe)
    return Training(session, directory if group.leads else directory.of_others(), dry=dry, began=began)


def resumed_training(
    directory: RunDirectory,
    experiment: Experiment,
    group: Group | None = None,
    *,
    edited: bool = False,
    watch: Watch = nobody,
    began: float | None = None,
) -> Training:
    """The training of an earlier run, where its newest checkpoint has it; from the start where nothing was saved yet.

    All processes of a group call it; the one that leads has locked the directory. `edited`: `experiment` is not what
    the directory has, which gets it. `watch` is as for `new_training`, `began` as for `Training`.
    """
    group = group or Group()
    # Without a checkpoint it starts as it did, with its original weights.
    begun = group.broadcast(bool(naming.found(directory.checkpoints)))
    with group.agreeing():
        session = prepare(experiment, directory if begun else None, group)
    if not begun:
        session = probed(session, watch)
    own = directory if group.leads else directory.of_others()
    return Training(session, own, resume=True, edited=findable(experiment) if edited else None, began=began)
