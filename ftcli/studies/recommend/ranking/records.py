"""What is found of a candidate, as it is kept on disk. No torch here: what is known is read without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ftcli.metrics.figures import lower_is_better

# Shares of the steps at which a race pauses, and how many go on behind each.
SHARES = (1 / 3, 1.0)
PROMOTED = 2


# Of examples, each of which counts once.
ACCURACY = "accuracy"


class OutOfTimeError(Exception):
    """The time of a study is over."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a candidate is, and what it costs.

    `parameters` are those of its backbone, `megabytes` the size of its weights in float32. `latency` is the seconds
    that one example takes from the network's inputs to its outputs, alone; `forward` the same in a batch, and `encode`
    the seconds from its file to the network's inputs. `train` is what its default recipe is expected to take, in
    seconds. `image_size` is in pixels, of images only. `source` is where its weights come from, as far as published
    figures are comparable: the library, or the type of a transformers network.
    """

    parameters: int
    megabytes: float
    latency: float
    forward: float
    encode: float
    train: float
    source: str
    image_size: int | None = None

    @property
    def seconds(self) -> float:
        """Of one example that is computed once."""
        return self.forward + self.encode

    @property
    def least_memory(self) -> float:
        """Bytes that training all of it takes: weights, gradients and the two moments of Adam, without activations."""
        return 4 * 4.0 * self.parameters


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found of one candidate on one sample.

    `figure` names what the probe is judged by: that which a training watches, as far as it can be computed of
    features, and r2 of numbers. `value` is the figure, `error` half its interval of 95 %. `scores` are what each
    example contributes to it, in the order of the sample: their mean is the value. `nearest` is the same figure of the
    votes of neighbours, and `chance` that of always answering the commonest class. These, `log_loss` and `h_score` are
    None where the targets have none. With `layer_mean` the features are the mean over the layers of the network.
    """

    figure: str
    value: float
    error: float
    scores: tuple[float, ...]
    log_evidence: float
    log_loss: float | None = None
    nearest: float | None = None
    h_score: float | None = None
    chance: float | None = None
    layer_mean: bool = False

    def measures(self) -> dict[str, Any]:
        """What candidates are ranked by, larger is better.

        The log-loss says the same as the accuracy, and more finely. Of other figures it does not, as rare classes
        hardly count in it; there it decides between equal ones.
        """
        fit: Any = self.value
        if self.log_loss is not None:
            fit = -self.log_loss if self.figure == ACCURACY else (self.value, -self.log_loss)
        found = {"probe": fit, "nearest": self.nearest, "log_evidence": self.log_evidence}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Raced:
    """How far a candidate was trained, and what its best checkpoint so far scores on the validation split.

    `value` is the figure called `metric`, `scores` are those of each example, more is better; empty where examples have
    none. `seconds` are those of the training so far, of which `step` steps are taken.
    """

    metric: str
    value: float
    share: float
    seconds: float
    scores: tuple[float, ...] = ()
    step: int = 0

    @property
    def finished(self) -> bool:
        """Whether all steps were taken, or an early stop ended it."""
        return self.share >= 1

    @property
    def better(self) -> float:
        """The figure, turned so that more is better."""
        return -self.value if lower_is_better(self.metric) else self.value


@dataclass(frozen=True, slots=True)
class Cost:
    """What training takes, by real steps: the peak of memory in bytes, and all seconds."""

    memory: float
    train: float


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a candidate cannot be used."""

    reason: str


@dataclass(frozen=True, slots=True)
class Groups:
    """The group of each example of a sample: those that are nearly the same have one number."""

    numbers: tuple[int, ...]
