"""An experiment from its file, with the mistakes that other rooms find before anything is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ftcli.config.document import Document
from ftcli.config.load import load_experiment
from ftcli.config.schema import Experiment, Model
from ftcli.data.missing_paths import missing_paths
from ftcli.errors import ConfigError, Mistake
from ftcli.models.weight_files import SUFFIXES, no_such_file
from ftcli.runs.names import NAMES, PARTS


def load_checked(path: Path | Document, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment in a file, or in a `Document`.

    Raises `ConfigError` with all mistakes in keys, values, parts and paths at once.

    Options of parts, whose check imports torch, are checked here only where something else is wrong: `prepare` does it.
    """
    return load_experiment(path, overrides, NAMES, _paths, _parts)


def check_paths(experiment: Experiment) -> None:
    """Raise `ConfigError` for paths of an experiment that do not exist."""
    if mistakes := [*_paths(experiment)]:
        raise ConfigError(mistakes)


def _paths(experiment: Experiment, *, ids: bool = False) -> Iterator[Mistake]:
    """Of paths that do not exist."""
    data = ((f"data.{key}", problem) for key, problem in missing_paths(experiment.data, ids=ids))
    for key, problem in (*data, *_models(experiment.model)):
        yield experiment.places.mistake(key, problem)


def _models(model: Model) -> Iterator[tuple[str, str]]:
    for key in ("backbone", "vocoder"):
        name = getattr(model, key) or ""
        written = name.startswith((".", "/", "~")) or name.count("/") > 1
        if written and not Path(name).expanduser().exists():
            yield f"model.{key}", f"{name}: no such folder"
    weights = Path(model.weights or "").expanduser()
    if weights.suffix in SUFFIXES and not weights.exists():
        yield "model.weights", no_such_file(weights)


def _parts(experiment: Experiment) -> Iterator[Mistake]:
    """Of options of parts, and of a source that could be an id."""
    yield from _paths(experiment, ids=True)
    if not any(getattr(experiment, key) for key in PARTS):
        return
    from ftcli.runs.checks import bind_known

    try:
        bind_known(experiment)
    except ConfigError as error:
        yield from error.mistakes
