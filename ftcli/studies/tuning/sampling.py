"""Optuna's sampler where trials are quick and follow each other in one process: ask, train, tell."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ftcli.studies.tuning.space import Choices, Dimension, Point
from ftcli.system.extras import import_extra

Tell = Callable[[float | None], None]


def optuna() -> Any:
    """Optuna, which says nothing but errors. Raises `InstallationError` where it is not installed."""
    module = import_extra("optuna", "tune", "ftcli tune")
    module.logging.set_verbosity(module.logging.ERROR)
    return module


@contextmanager
def quiet() -> Iterator[None]:
    """Within, Optuna does not warn that parts of it are experimental."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def distribution(one: Dimension) -> Any:
    """A dimension in Optuna's words."""
    kinds, values = optuna().distributions, one.values
    if isinstance(values, Choices):
        return kinds.CategoricalDistribution(values.values)
    if values.whole:
        return kinds.IntDistribution(int(values.low), int(values.high), log=values.log)
    return kinds.FloatDistribution(values.low, values.high, log=values.log)


def sampler_of(space: Sequence[Dimension], seed: int) -> Callable[[Point | None], tuple[Point, Tell]]:
    """A sampler of the space. Each call gives a point, that which is given where one is, and how to say its value.

    None for a value is that of a trial that failed.
    """
    module, wanted = optuna(), {one.key: distribution(one) for one in space}
    with quiet():
        study = module.create_study(sampler=module.samplers.TPESampler(seed=seed), direction="maximize")

    def ask(point: Point | None) -> tuple[Point, Tell]:
        with quiet():
            if point is not None:
                study.enqueue_trial(dict(point))
            trial = study.ask(wanted)

        def tell(value: float | None) -> None:
            state = None if value is not None else module.trial.TrialState.FAIL
            study.tell(trial, value, state=state)

        return dict(trial.params), tell

    return ask
