"""What `quality` stands for: values for keys that were left out. What the user wrote always wins.

fast   the head alone, on features that are computed once; where the probe is exact, no step is taken. A network without
       a new head, or with random weights, is trained for a third of the usual length.
good   what is chosen without it.
best   twice as long, and the average of the best epochs; for images that training mirrors at random, the average of the
       outputs of an image and of its mirror image, where that is better.
"""

from __future__ import annotations

import math

from ftcli.config.defaults.facts import Facts
from ftcli.config.defaults.recipes import MIRRORING
from ftcli.config.schema import Data, Experiment, Part

FAST, GOOD, BEST = "fast", "good", "best"
# The epochs whose average `best` tries.
AVERAGED = 5


def freeze_policy(experiment: Experiment, facts: Facts) -> tuple[Part, str] | None:
    """The freezing policy, where `quality` decides it."""
    if experiment.quality != FAST or not facts.pretrained or facts.kind.defaults.scored_first:
        return None
    return Part("backbone"), "quality: fast trains the head alone"


def epochs_of(experiment: Experiment, facts: Facts, freeze: Part, usual: int, why: str) -> tuple[int, str]:
    """The epochs, where `usual` are chosen without `quality`, and why."""
    if experiment.quality == BEST and usual:
        return 2 * usual, f"{why}; twice that, by quality: best"
    short = freeze.name == "backbone" and not facts.kind.dense
    if experiment.quality == FAST and not short:
        return math.ceil(usual / 3), f"{why}; a third of that, by quality: fast"
    return usual, why


def average_best(experiment: Experiment, facts: Facts, epochs: int) -> tuple[int, str] | None:
    """Of how many best epochs the weights are averaged, where `quality` decides it."""
    alone = experiment.training.shard or not facts.validated or epochs < 2
    return None if experiment.quality != BEST or alone else (min(AVERAGED, epochs), "quality: best")


def test_time_augment(experiment: Experiment, facts: Facts, data: Data) -> tuple[bool, str] | None:
    """Whether mirror images are tried in the end, where `quality` decides it; `data` is filled."""
    alone = experiment.training.shard or not facts.validated or facts.kind.dense
    mirrors = facts.has("augment") and data.augment in MIRRORING
    return None if experiment.quality != BEST or alone or not mirrors else (True, "quality: best")
