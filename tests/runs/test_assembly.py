"""The parts of an experiment, made of its sections."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ftcli.config.schema import Data, Experiment, Model, Part
from ftcli.config.training_keys import EarlyStop, Training
from ftcli.errors import ConfigError
from ftcli.models.freezing.policies import FreezeBlocks
from ftcli.runs.assembly import freeze_policy, plan

EXPERIMENT = Experiment(task="x", data=Data(), model=Model("x"), freeze=Part("blocks", {"count": 2}))


def test_a_part_gets_its_options() -> None:
    policy = freeze_policy(EXPERIMENT)
    assert isinstance(policy, FreezeBlocks)
    assert policy.count == 2
    wrong = replace(EXPERIMENT, freeze=Part("blocks", {"cont": 2}))
    with pytest.raises(
        ConfigError, match=r"freeze\.cont: blocks takes no option 'cont'\. Did you mean 'count'"
    ):
        freeze_policy(wrong)


def test_what_was_left_out_of_the_plan_is_nothing() -> None:
    short = plan(Training())
    assert (short.epochs, short.clip, short.ema, short.patience, short.metric) == (1, 0.0, 0.0, None, "loss")
    assert short.lower_is_better
    long = plan(Training(epochs=9, metric="accuracy", early_stop=EarlyStop(3), clip=1.0))
    assert (long.epochs, long.clip, long.patience, long.lower_is_better) == (9, 1.0, 3, False)
