"""Three words for how good, and the keys that they stand for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ftcli.config.defaults.fill import fill
from ftcli.config.schema import Part
from ftcli.config.training_keys import Training
from ftcli.contracts.target_kinds import KINDS
from tests.config.defaults.test_fill import FACTS, LEFT_OUT


def chosen(quality: str | None, facts: Any = FACTS, **written: Any) -> dict[str, Any]:
    """The keys that were chosen, as a run has them."""
    experiment, choices = fill(replace(LEFT_OUT, quality=quality, **written), facts)
    assert experiment.quality is None
    return {choice.key: choice.value for choice in choices}


def test_fast_is_the_head_alone() -> None:
    assert chosen("fast")["freeze"] == Part("backbone")
    assert chosen("fast")["training.epochs"] == chosen("good", freeze=Part("backbone"))["training.epochs"]


def test_fast_without_pretrained_weights_is_a_third() -> None:
    usual, fast = (chosen(quality, replace(FACTS, pretrained=False)) for quality in (None, "fast"))
    assert fast["freeze"] == Part("none")
    assert fast["training.epochs"] == -(-usual["training.epochs"] // 3)


def test_good_is_what_is_chosen_without_it() -> None:
    assert chosen("good") == chosen(None)


def test_best_is_longer_with_the_average_of_the_best_epochs() -> None:
    usual, best = chosen("good"), chosen("best")
    assert best["training.epochs"] == 2 * usual["training.epochs"]
    assert best["training.average_best"] == 5
    assert best["training.early_stop"].patience > usual["training.early_stop"].patience
    assert "training.average_best" not in chosen("best", replace(FACTS, validated=False))


def test_best_tries_mirror_images_where_training_mirrors() -> None:
    def tried(facts: Any = FACTS, **written: Any) -> bool:
        return "training.test_time_augment" in chosen("best", facts, **written)

    assert tried()
    assert not tried(replace(FACTS, validated=False))
    assert not tried(replace(FACTS, mirrored=("left", "right")))
    assert not tried(data=replace(LEFT_OUT.data, augment="none"))
    assert not tried(replace(FACTS, kind=KINDS["mask"]))
    assert "training.test_time_augment" not in chosen("good")


@pytest.mark.parametrize("quality", ["fast", "best"])
def test_what_is_written_wins(quality: str) -> None:
    found = chosen(quality, freeze=Part("none"), training=Training(epochs=7, average_best=1))
    assert not {"freeze", "training.epochs", "training.average_best"} & found.keys()
