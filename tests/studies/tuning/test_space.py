"""The default space, and what a point of it changes."""

from __future__ import annotations

from dataclasses import replace

from ftcli.config.schema import Experiment, Model, Part
from ftcli.config.training_keys import Training
from ftcli.studies.tuning.space import (
    Choices,
    Dimension,
    Range,
    Value,
    default_space,
    fitted,
    overrides,
    start_point,
)

FILLED = Experiment(
    task="image-classification",
    model=Model(backbone="vit"),
    freeze=Part("lp-ft", {"probe_epochs": 4}),
    loss=Part("cross-entropy"),
    optimizer=Part("adamw", {"lr": 1e-3, "backbone_lr": 1e-4, "lr_decay": 0.9}),
    schedule=Part("cosine"),
    training=Training(epochs=12, metric="accuracy"),
)


def keys(experiment: Experiment) -> list[str]:
    return [one.key for one in default_space(experiment)]


def test_the_space_is_around_the_defaults() -> None:
    space = {one.key: one.values for one in default_space(FILLED)}
    assert space["optimizer.lr"] == Range(0.1, 10.0, log=True)
    assert space["freeze"] == Choices(("lp-ft", "none", "backbone"))
    assert space["optimizer.lr_decay"] == Choices(("0.9", "1.0", "0.75"))
    assert space["training.epochs"] == Choices(("1", "0.5", "2"))
    assert space["model.head.hidden"] == Choices(("[]", "[256]"))
    assert space["loss.label_smoothing"] == Choices(("0.0", "0.1"))
    assert next(iter(space)) == "optimizer.lr"  # which matters most


def test_only_what_fits_is_searched() -> None:
    assert "freeze" not in keys(replace(FILLED, model=Model(backbone="vit", weights="none")))
    assert "freeze" not in keys(replace(FILLED, freeze=Part("blocks", {"count": 2})))
    assert keys(replace(FILLED, task="causal-language-modelling")) == [
        "optimizer.lr", "training.epochs", "loss.label_smoothing",
    ]  # fmt: skip
    assert "training.epochs" not in keys(replace(FILLED, training=Training(epochs=1, metric="accuracy")))
    assert "loss.label_smoothing" not in keys(replace(FILLED, training=Training(epochs=2, metric="loss")))


def test_the_default_is_a_point_that_changes_nothing() -> None:
    space = default_space(FILLED)
    point = start_point(space, FILLED)
    assert point.keys() == {one.key for one in space}
    assert overrides(point, space, FILLED) == []


def test_rates_keep_their_ratio_and_phases_their_share() -> None:
    space = default_space(FILLED)
    point: dict[str, Value] = {"optimizer.lr": 3.0, "training.epochs": "0.5", "model.head.hidden": "[256]"}
    assert overrides(point, space, FILLED) == [
        "optimizer.lr=0.003",
        "optimizer.backbone_lr=0.0003",
        "training.epochs=6",
        "freeze.probe_epochs=2",
        "model.head.hidden=[256]",
    ]


def test_a_default_outside_of_what_the_user_searches_has_no_place_in_it() -> None:
    space = [
        Dimension("optimizer.lr", Range(1e-2, 1e-1, log=True)),
        Dimension("freeze", Choices(("none", "lp-ft"))),
    ]
    assert start_point(space, FILLED) == {"freeze": "lp-ft"}
    assert overrides({"optimizer.lr": 0.05, "freeze": "none"}, space, FILLED) == [
        "optimizer.lr=0.05",
        "optimizer.backbone_lr=0.005",
        "freeze=none",
    ]


def test_a_rate_without_a_point_is_a_rate() -> None:
    whole = replace(FILLED, optimizer=Part("sgd", {"lr": 1}))
    rate = [Dimension("optimizer.lr", Range(0.1, 10.0, log=True), relative=True)]
    assert overrides({"optimizer.lr": 1 / 3}, rate, whole) == ["optimizer.lr=0.3333"]
    asked = [
        Dimension("optimizer.lr", Range(1, 3, whole=True)),
        Dimension("loss.label_smoothing", Range(0, 1, whole=True)),
    ]
    known = replace(whole, loss=Part("cross-entropy", {"label_smoothing": 0.1}))
    assert [one.values for one in fitted(asked, known)] == [Range(1, 3), Range(0, 1)]
    epochs = [Dimension("training.epochs", Range(3, 10, whole=True))]
    assert fitted(epochs, whole) == epochs


def test_what_a_default_without_steps_has_none_of_can_be_searched() -> None:
    epochs = [Dimension("training.epochs", Range(1, 4, whole=True))]
    none = replace(FILLED, training=Training(epochs=0))
    assert overrides({"training.epochs": 3}, epochs, none) == ["training.epochs=3"]
    assert start_point(epochs, none) == {}


def test_what_was_asked_for_is_tried_as_it_is() -> None:
    """So a key that does not take it says so, where rounding would try something else."""
    epochs = [Dimension("training.epochs", Choices(("6", "1.5", "many")))]
    changes = [overrides({"training.epochs": one}, epochs, FILLED) for one in ("6", "1.5", "many")]
    assert changes == [
        ["training.epochs=6", "freeze.probe_epochs=2"],
        ["training.epochs=1.5", "freeze.probe_epochs=1"],
        ["training.epochs=many"],
    ]
