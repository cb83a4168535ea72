"""Keys that were left out are filled again by what a probe leaves to gain; what was written stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ftcli.config.defaults.facts import Choice, Probed
from ftcli.config.defaults.left_out import LeftOut
from ftcli.config.schema import Part
from ftcli.config.training_keys import Training
from tests.config.defaults.test_fill import FACTS, LEFT_OUT

FEW = replace(FACTS, examples=244, smallest_class=122)


def probed(held_out: float, examples: int = 244, *, starts: bool = True) -> Probed:
    return Probed("accuracy", held_out, examples, starts)


def test_what_others_chose_stays_in_front() -> None:
    own = Choice("data.val", 0.2, "none was named")
    assert LeftOut(LEFT_OUT, FACTS, (own,)).filled()[1][0] == own


@pytest.mark.parametrize(
    ("held_out", "least", "most"),
    # Today's default is 38 epochs: 300 steps.
    [(1.0, 3, 3), (0.961, 9, 11), (0.9, 20, 30), (0.7, 38, 38), (0.2, 38, 38)],
)
def test_length_follows_what_is_left_to_gain(held_out: float, least: int, most: int) -> None:
    experiment, choices = LeftOut(LEFT_OUT, FEW).filled(probed(held_out))
    assert experiment.training.epochs is not None
    assert least <= experiment.training.epochs <= most
    if experiment.training.epochs < 38:
        assert "little to gain" in next(one.reason for one in choices if one.key == "training.epochs")


def test_few_examples_leave_more_to_gain() -> None:
    few = LeftOut(LEFT_OUT, FEW).filled(probed(0.96, 50))[0].training.epochs
    many = LeftOut(LEFT_OUT, FEW).filled(probed(0.96, 5000))[0].training.epochs
    assert few is not None
    assert many is not None
    assert few > many


def test_a_head_that_starts_from_its_probe_needs_no_phase_of_its_own() -> None:
    rare = LeftOut(LEFT_OUT, replace(FEW, smallest_class=10))
    before, after = rare.filled()[0], rare.filled(probed(0.7))[0]
    baseline = rare.filled(probed(0.7, starts=False))[0]
    assert before.freeze == baseline.freeze
    assert before.freeze is not None
    assert before.freeze.name == "lp-ft"
    assert after.freeze is not None
    assert after.freeze.name == "none"


def test_a_frozen_backbone_leaves_nothing_to_train() -> None:
    frozen = replace(LEFT_OUT, freeze=Part("backbone"))
    assert LeftOut(frozen, FEW).filled(probed(0.7))[0].training.epochs == 0
    for other in (
        replace(frozen, loss=Part("focal")),
        replace(frozen, data=replace(frozen.data, augment="flip")),
    ):
        assert LeftOut(other, FEW).filled(probed(0.7))[0].training.epochs == 38


def test_what_the_user_wrote_stands() -> None:
    given = replace(LEFT_OUT, freeze=Part("lp-ft"), training=Training(epochs=20))
    experiment, _ = LeftOut(given, FEW).filled(probed(1.0))
    assert experiment.freeze is not None
    assert (experiment.freeze.name, experiment.training.epochs) == ("lp-ft", 20)


def test_without_steps_only_the_head_is_the_models_own() -> None:
    experiment, _ = LeftOut(replace(LEFT_OUT, training=Training(epochs=0)), FEW).filled()
    assert experiment.freeze == Part("backbone")
    assert experiment.training.early_stop is False
