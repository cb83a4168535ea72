"""In what the trainings of a race differ from the training that is recommended, which has all keys of the user."""

from __future__ import annotations

from collections.abc import Iterator

from ftcli.config.defaults.quality import BEST
from ftcli.config.measured import FIND, RATE, to_measure, with_usual
from ftcli.config.schema import Experiment


def comparable(experiment: Experiment) -> Experiment:
    """The experiment of a candidate as the study trains it: sweeps of rates would take longer than the race."""
    return with_usual(experiment, (RATE,))


def differences(base: Experiment) -> Iterator[str]:
    """A sentence on each key of the user that the race does without."""
    training = base.training
    if training.time is not None:
        yield (
            f"training.time: {training.time} is not for the race, in which each network takes the steps of its "
            "epochs; it is in recommended.yaml"
        )
    if RATE in to_measure(base):
        yield f"{RATE}: {FIND} is not for the race, which has the usual rate of each network; it is in recommended.yaml"
    if (training.average_best or 1) > 1 or (training.average_best is None and base.quality == BEST):
        yield "the race compares the best epochs alone, not the average of several that training makes in its end"
