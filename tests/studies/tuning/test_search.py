"""What `--search` takes, and how it answers what it does not."""

from __future__ import annotations

import pytest

from ftcli.errors import ConfigError
from ftcli.studies.tuning.search import parse
from ftcli.studies.tuning.space import Choices, Dimension, Range


def test_ranges_and_lists() -> None:
    assert parse(["optimizer.lr=1e-5..1e-3:log", "training.epochs = 3..10", "data.image_size=[96, 160]"]) == [
        Dimension("optimizer.lr", Range(1e-5, 1e-3, log=True)),
        Dimension("training.epochs", Range(3, 10, whole=True)),
        Dimension("data.image_size", Choices(("96", "160"))),
    ]
    assert parse(["model.head.hidden=[[], [256]]"])[0].values == Choices(("[]", "[256]"))
    assert parse(["loss.label_smoothing=0..0.2"])[0].values == Range(0, 0.2)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("optimizer.lr=1e-3..1e-5:log", "1e-3 is not below 1e-5: optimizer.lr=1e-5..1e-3:log would be right"),
        ("optimizer.lr=0..1:log", "0 has no logarithm"),
        ("optimizer.lr=1e-3", "neither a range nor a list"),
        ("optimizer.lr=1..2:linear", "neither a range nor a list"),
        ("optimizer.lr=a..b", "not from one number to another"),
        ("optimizer.lr=1..inf", "not from one number to another"),
        ("optimizer.lr", "neither a range nor a list"),
        ("=1..2", "needs a key"),
        ("freeze=[none]", "has not two values or more"),
        ("freeze=[none, none]", "has not two values or more"),
        ("freeze=[none", "is not a list"),
        ("training.seed=0..9", "luckiest seed"),
        ("training.metric=[f1, accuracy]", "compared by it"),
        ("data.val=0.1..0.3", "same data"),
        ("training.device=[cpu, cuda]", "does not decide"),
    ],
)
def test_a_wrong_range_is_an_answer(text: str, answer: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse([text])
    assert answer in str(error.value)
    assert str(error.value).startswith("--search: ")


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        parse(
            ["optimizer.lr=2..1", "training.epochs=3", "freeze=[none, backbone]", "freeze=[none, backbone]"]
        )
    assert len(error.value.mistakes) == 3


def test_a_loss_that_judges_is_not_searched() -> None:
    assert parse(["loss.label_smoothing=0..0.2"], "accuracy")
    with pytest.raises(ConfigError, match="compared by the loss"):
        parse(["loss.label_smoothing=0..0.2"], "loss")
