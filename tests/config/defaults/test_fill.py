"""The table of defaults: what is chosen for whom, and that a user's word stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ftcli.config.defaults.facts import Facts
from ftcli.config.defaults.fill import fill
from ftcli.config.defaults.recipes import FAMILIES, MIRRORING
from ftcli.config.schema import Data, Experiment, Model, Part
from ftcli.config.training_keys import EarlyStop, Training
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.media import AUGMENTS

FACTS = Facts(
    inputs=(IMAGE,),
    kind=KINDS["single-label"],
    family="cnn",
    width=512,
    pretrained=True,
    examples=1000,
    smallest_class=100,
    validated=True,
    metric="accuracy",
    loss="cross-entropy",
    cores=2,
    device="cpu",
)
LEFT_OUT = Experiment("image-classification", Data(source="photos"), Model("torchvision/resnet18"))
TEXTS = replace(FACTS, inputs=(TEXT,), family="bert")


def filled(facts: Facts = FACTS, **given: Any) -> Experiment:
    return fill(replace(LEFT_OUT, **given), facts)[0]


def test_every_choice_has_a_reason_and_nothing_is_left_open() -> None:
    experiment, choices = fill(LEFT_OUT, FACTS)
    assert all(choice.reason for choice in choices)
    assert None not in (experiment.freeze, experiment.loss, experiment.optimizer, experiment.schedule)
    assert None not in (experiment.data.batch_size, experiment.data.workers, experiment.data.augment)
    training = experiment.training
    assert None not in (training.epochs, training.clip, training.metric, training.early_stop, training.ema)
    assert fill(experiment, FACTS) == (experiment, [])


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_learns_at_its_own_rates(family: str) -> None:
    row = FAMILIES[family]
    options = filled(replace(FACTS, family=family)).optimizer.options  # type: ignore[union-attr]
    assert (options["lr"], options["backbone_lr"], options["lr_decay"]) == (row.head, row.backbone, row.decay)


def test_a_rate_of_the_users_is_the_rate_of_all_blocks() -> None:
    part = filled(optimizer=Part("adam", {"lr": 0.5})).optimizer
    assert part == Part("adam", {"lr": 0.5, "weight_decay": 0.01})


def test_large_batches_learn_faster_and_sgd_ten_times_as_fast() -> None:
    large = filled(data=Data(source="photos", batch_size=128)).optimizer
    assert large is not None
    assert large.options["lr"] == pytest.approx(2e-3)
    sgd = filled(optimizer=Part("sgd")).optimizer
    assert sgd is not None
    assert sgd.options["lr"] == pytest.approx(1e-2)


@pytest.mark.parametrize(
    ("facts", "policy"),
    [
        (replace(FACTS, smallest_class=49), "lp-ft"),
        (replace(FACTS, smallest_class=50), "none"),
        (replace(FACTS, smallest_class=5, validated=False), "none"),
        (replace(FACTS, smallest_class=5, pretrained=False), "none"),
        (replace(FACTS, smallest_class=None), "none"),
    ],
)
def test_few_examples_of_a_class_train_the_head_first(facts: Facts, policy: str) -> None:
    chosen = filled(facts).freeze
    assert chosen is not None
    assert chosen.name == policy


def test_one_epoch_leaves_no_room_for_two_phases() -> None:
    chosen = filled(replace(FACTS, smallest_class=5), training=Training(epochs=1)).freeze
    assert chosen is not None
    assert chosen.name == "none"


@pytest.mark.parametrize(
    ("facts", "given", "options"),
    [
        (FACTS, Part("lp-ft", {"probe_epochs": 2}), {"probe_epochs": 2, "norm_statistics": "keep"}),
        (FACTS, Part("blocks", {"count": 2}), {"count": 2, "norm_statistics": "keep"}),
        (FACTS, Part("none", {"norm_statistics": "update"}), {"norm_statistics": "update"}),
        (FACTS, Part("backbone"), {}),  # frozen norms keep them anyway
        (replace(FACTS, examples=2000), Part("none"), {}),
        (replace(FACTS, family="vit"), Part("none"), {}),  # has no batch norms
        (replace(FACTS, pretrained=False), Part("none"), {}),
    ],
)
def test_few_examples_keep_the_statistics_of_batch_norms(
    facts: Facts, given: Part, options: dict[str, Any]
) -> None:
    assert filled(facts, freeze=given).freeze == replace(given, options=options)


@pytest.mark.parametrize(
    ("facts", "epochs"),
    [
        (replace(FACTS, examples=240), 38),  # 300 steps of 32
        (replace(FACTS, examples=40), 60),  # at most 60
        (replace(FACTS, examples=100_000), 5),  # 10,000 steps would be fewer: at least 5
        (replace(FACTS, examples=9600), 30),
        (replace(TEXTS, examples=6920), 5),  # 1,000 steps
        (replace(TEXTS, examples=200), 20),
        (replace(TEXTS, examples=50_000), 3),
    ],
)
def test_small_data_needs_steps_not_epochs(facts: Facts, epochs: int) -> None:
    assert filled(facts).training.epochs == epochs


def test_accumulation_counts_as_a_larger_batch() -> None:
    facts = replace(FACTS, examples=240)
    assert filled(facts, training=Training(accumulate=8)).training.epochs == 60


@pytest.mark.parametrize(
    ("source", "freeze", "augment"),
    [("photos", None, "flip"), ("mnist", None, "light"), ("photos", Part("backbone"), "none")],
)
def test_augmentation_knows_signs_from_photographs(source: str, freeze: Part | None, augment: str) -> None:
    assert filled(data=Data(source=source), freeze=freeze).data.augment == augment


def test_classes_that_are_mirror_images_are_not_mirrored() -> None:
    facts = replace(FACTS, mirrored=("left", "right"))
    experiment, choices = fill(LEFT_OUT, facts)
    assert experiment.data.augment == "light"
    why = "crops and colour; 'left' and 'right' are each other's mirror images"
    assert why in [choice.reason for choice in choices if choice.key == "data.augment"]
    assert filled(facts, data=Data(source="photos", augment="flip")).data.augment == "flip"


def test_the_augmentations_that_mirror_are_known() -> None:
    mirrors = {name for name in AUGMENTS if getattr(AUGMENTS.load(name), "mirrors", False)}
    assert mirrors == MIRRORING


def test_texts_are_not_augmented() -> None:
    assert filled(TEXTS).data.augment is None


def test_a_probe_is_spelled_out() -> None:
    """So that it stays what it is where the run goes on to more epochs."""
    for epochs, probe in ((2, 1), (9, 3), (11, 3)):
        experiment = filled(freeze=Part("lp-ft"), training=Training(epochs=epochs))
        assert experiment.freeze is not None
        assert experiment.freeze.options["probe_epochs"] == probe


def test_early_stopping_waits_a_fifth_of_the_run() -> None:
    assert filled(replace(FACTS, examples=240)).training.early_stop == EarlyStop(8)
    assert filled(replace(FACTS, validated=False)).training.early_stop is False
    assert filled(replace(FACTS, validated=False)).training.metric is None  # nothing to measure it on
    assert filled(training=Training(epochs=2)).training.early_stop is False
    for facts, why in (
        (replace(FACTS, validated=False), "no validation split"),
        (FACTS, "2 epochs: not more than the patience, 3"),
    ):
        _, choices = fill(replace(LEFT_OUT, training=Training(epochs=2)), facts)
        assert next(one.reason for one in choices if one.key == "training.early_stop") == why
    assert filled(training=Training(epochs=20, early_stop=EarlyStop(2))).training.early_stop == EarlyStop(2)


def test_options_of_an_automatic_schedule_are_kept() -> None:
    assert filled(schedule=Part("auto", {"warmup": 0.3})).schedule == Part("cosine", {"warmup": 0.3})
    assert filled(schedule=Part("step")).schedule == Part("step")


def test_where_the_usual_schedule_does_not_take_the_options_one_that_does_is_chosen() -> None:
    written = Part("auto", {"floor": 0.1})
    fitting = {"schedule": {name: replace(written, name=name) for name in ("cosine", "linear")}}
    facts = replace(FACTS, inputs=(TEXT,), kind=KINDS["text"], family="t5", fitting=fitting)
    experiment, choices = fill(replace(LEFT_OUT, schedule=written), facts)
    assert experiment.schedule == Part("cosine", {"floor": 0.1, "warmup": FAMILIES["t5"].warmup})
    reasons = {choice.key: choice.reason for choice in choices}
    assert reasons["schedule.name"] == "it takes floor; constant, which is usual here, does not"
    assert filled(replace(facts, family="bert"), schedule=written).schedule.name == "linear"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changed", "workers"),
    [
        ({}, 0),
        ({"cores": 16}, 4),
        ({"device": "cuda"}, 1),
        ({"device": "cuda", "cores": 16}, 8),
        ({"device": "cuda", "cores": 16, "examples": 2000}, 0),
        ({"device": "cuda", "cores": 16, "inputs": (TEXT,), "family": "bert"}, 0),
    ],
)
def test_workers_are_fewer_where_training_computes_on_the_same_cores(
    changed: dict[str, Any], workers: int
) -> None:
    assert filled(replace(FACTS, **{"examples": 10_000} | changed)).data.workers == workers


def test_masks_and_boxes_get_small_batches_and_patience() -> None:
    dense = replace(FACTS, kind=KINDS["mask"], examples=28, smallest_class=None, metric="miou")
    experiment, choices = fill(LEFT_OUT, dense)
    assert (experiment.data.batch_size, experiment.freeze) == (8, Part("none", {"norm_statistics": "keep"}))
    assert experiment.training.early_stop == EarlyStop(25)
    reasons = {choice.key: choice.reason for choice in choices}
    assert "where things are" in reasons["freeze"]
    assert "100 steps" in reasons["training.early_stop"]


def test_a_network_that_learns_to_write_from_nothing_trains_longer() -> None:
    writer = replace(TEXTS, kind=KINDS["text"], family="t5", smallest_class=None, examples=30_000)
    lengths = [filled(replace(writer, pretrained=pretrained)).training.epochs for pretrained in (True, False)]
    assert lengths == [3, 20]


HEARD = replace(FACTS, inputs=(AUDIO,), family="wav2vec2")


def test_sounds_are_cut_where_the_network_hears_no_more() -> None:
    assert filled(HEARD).data.max_seconds == 30
    assert filled(replace(HEARD, window=1.5)).data.max_seconds == 1.5
    assert filled(HEARD, data=Data(source="sounds", max_seconds=3.0)).data.max_seconds == 3
    assert filled(HEARD).data.augment is None
    assert filled().data.max_seconds is None


@pytest.mark.parametrize(("width", "rate"), [(32, 3e-3), (64, 3e-3), (128, 2e-3), (256, 1e-3), (768, 3.3e-4)])
def test_sounds_from_random_weights_are_learned_at_rates_for_the_width(width: int, rate: float) -> None:
    optimizer = filled(replace(HEARD, pretrained=False, width=width)).optimizer
    assert optimizer is not None
    assert (optimizer.options["lr"], optimizer.options["backbone_lr"]) == (rate, rate)


def test_to_speak_is_learned_from_sounds_in_as_many_steps_as_it_takes() -> None:
    speech = replace(FACTS, inputs=(TEXT,), kind=KINDS["speech"], family="speecht5", smallest_class=None)
    assert filled(speech).data.batch_size == 32
    assert filled(speech).training.epochs == 125  # of 32 steps each
    assert filled(replace(speech, examples=100_000)).training.epochs == 5
    nothing = filled(replace(speech, pretrained=False)).optimizer
    assert nothing is not None
    assert nothing.options["lr"] == 1e-3


@pytest.mark.parametrize(("examples", "epochs"), [(8, 60), (80, 15), (205, 12), (100_000, 12)])
def test_boxes_take_small_batches_and_the_usual_length(examples: int, epochs: int) -> None:
    facts = replace(
        FACTS, kind=KINDS["boxes"], examples=examples, smallest_class=None, metric="map", loss="own"
    )
    experiment = filled(facts)
    assert (experiment.data.batch_size, experiment.training.epochs) == (4, epochs)
    assert experiment.training.clip == 10.0
    assert experiment.freeze == Part("none", {"norm_statistics": "keep"} if examples < 2000 else {})


def test_transformers_that_detect_are_clipped_as_they_were_trained() -> None:
    facts = replace(FACTS, kind=KINDS["boxes"], family="detr", smallest_class=None, metric="map", loss="own")
    assert filled(facts).training.clip == 0.1
