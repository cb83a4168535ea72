"""Training from Python."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.schema import Experiment
from ftcli.contracts import PathLike
from ftcli.runs.directory import RunDirectory
from ftcli.runs.experiment_checks import load_checked
from ftcli.runs.session import prepare
from ftcli.runs.training import Training


def train(experiment: PathLike | Experiment, *overrides: str) -> Path:
    """Train as a YAML file says, or an `Experiment`, in this process; the directory of the run. Nothing is printed.

    `overrides` are "key=value", as on the command line. A run that ends before its first checkpoint leaves no
    directory. Errors are `ftcli.errors.UserError`s.
    """
    name = "run"
    if not isinstance(experiment, Experiment):
        path = Path(experiment)
        experiment, name = load_checked(path, overrides), path.stem
    directory = RunDirectory.choose(experiment, name)
    training = Training(prepare(experiment), directory)
    try:
        training.begin()
        for _ in training:
            pass
    except BaseException:
        training.abandon()
        raise
    return directory.path
