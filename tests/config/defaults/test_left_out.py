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


def probed(held_out: float, examples: int = 244, *, linear: bool = True) -> Probed:
    return Probed("f1_macro", held_out, examples, linear)


def test_what_others_chose_stays_in_front() -> None:
    own = Choice("data.val", 0.2, "none was named")
    assert LeftOut(LEFT_OUT, FACTS, (own,)).filled()[1][0] == own


@pytest.mark.parametrize(
    ("held_out", "least", "most"),
    # Today's default is 38 epochs: 300 steps.
    [(1.0, 3, 3), (0.98, 11, 13), (0.961, 19, 22), (0.9, 38, 38), (0.7, 38, 38), (0.2, 38, 38)],
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


def test_what_is_left_of_a_figure_of_squares_is_its_root() -> None:
    """A number that is 0.045 deviations off has an r2 of 0.998."""
    squares = Probed("r2", 0.998, 5000, linear=True, squared=True)
    assert squares.error == pytest.approx(0.0447, abs=1e-4)
    assert 1 > squares.share > 5 * Probed("f1_macro", 0.998, 5000, linear=True).share


@pytest.mark.parametrize(
    ("probe", "policy"),
    [
        (None, "lp-ft"),
        (probed(0.95), "none"),
        # All blocks at once were worse where much is to gain.
        (probed(0.7), "lp-ft"),
        (probed(0.95, linear=False), "lp-ft"),
    ],
)
def test_a_head_needs_no_phase_of_its_own_where_its_probe_leaves_little(
    probe: Probed | None, policy: str
) -> None:
    rare = LeftOut(LEFT_OUT, replace(FEW, smallest_class=10))
    freeze = rare.filled(probe)[0].freeze
    assert freeze is not None
    assert freeze.name == policy


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
