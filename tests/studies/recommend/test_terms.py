"""What the race does without is said."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.config.measured import to_measure
from ftcli.config.schema import Data, Experiment, Model, Part
from ftcli.config.training_keys import Training
from ftcli.studies.recommend.terms import comparable, differences


def experiment(**keys: Any) -> Experiment:
    training = {name: keys.pop(name) for name in ("time", "average_best") if name in keys}
    data = Data(batch_size=keys.pop("batch_size", None))
    return Experiment("image-classification", data, Model("one"), training=Training(**training), **keys)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, []),
        ({"quality": "fast"}, []),
        ({"average_best": 1, "quality": "best"}, []),
        ({"quality": "best"}, ["the race compares the best epochs alone"]),
        ({"average_best": 3}, ["the race compares the best epochs alone"]),
        ({"time": "20m"}, ["training.time: 20m is not for the race"]),
        ({"optimizer": Part("auto", {"lr": "find"})}, ["optimizer.lr: find is not for the race"]),
    ],
)
def test_what_the_race_does_without(keys: dict[str, Any], said: list[str]) -> None:
    found = [*differences(experiment(**keys))]
    assert len(found) == len(said)
    assert all(one.startswith(words) for one, words in zip(found, said, strict=True))


def test_the_batch_is_found_and_the_rate_is_not() -> None:
    both = experiment(batch_size="auto", optimizer=Part("auto", {"lr": "find"}))
    assert to_measure(comparable(both)) == {"data.batch_size"}
