"""How much of a network trains, and how long, where that is left out."""

from __future__ import annotations

import math

from ftcli.config.defaults.facts import Choice, Facts, chosen
from ftcli.config.schema import Experiment, Part

# Where a probe leaves little to gain.
LEAST_EPOCHS = 3
BATCH_NORMS = frozenset({"cnn", "mobile", "efficientnet"})


def freeze_policy(facts: Facts, epochs: int | None) -> tuple[Part, str]:
    if epochs == 0:
        return Part("backbone"), "no step is taken"
    if not facts.pretrained:
        return Part("none"), "random weights have nothing worth freezing"
    if not facts.validated:
        return Part("none"), "without a validation split nothing shows when to keep the probe"
    if epochs == 1:
        return Part("none"), "one epoch is too short for a phase of the head alone"
    if facts.kind.dense:
        return Part("none"), "features for classes of whole images do not show where things are"
    if facts.probed is not None and facts.probed.share < 1:
        return Part(
            "none"
        ), "the head starts from a probe that leaves little to gain: it needs no phase of its own"
    if facts.smallest_class is not None and facts.smallest_class < 50:
        why = f"{facts.smallest_class} examples of the rarest class, below 50: head first, then all"
        return Part("lp-ft"), why
    return Part("none"), "enough examples to train all blocks"


def keep_statistics(freeze: Part, facts: Facts, choices: list[Choice]) -> Part:
    """Measured on 240 photographs with MobileNetV2: 0.85 with the statistics kept, 0.80 with them updated."""
    small = facts.pretrained and facts.family in BATCH_NORMS and facts.examples < 2000
    if not small or freeze.name == "backbone" or "norm_statistics" in freeze.options:
        return freeze
    why = f"{facts.examples} examples, below 2,000, give poor statistics (measured)"
    value = chosen(choices, "freeze.norm_statistics", "keep", why)
    return freeze.choosing(norm_statistics=value)


def fix_probe(freeze: Part, epochs: int, choices: list[Choice]) -> Part:
    """Written out, so that it does not change where the run goes on to more epochs."""
    if freeze.name != "lp-ft" or freeze.options.get("probe_epochs") is not None:
        return freeze
    probe = chosen(choices, "freeze.probe_epochs", max(1, epochs // 3), "a third of the run")
    return freeze.choosing(probe_epochs=probe)


def epochs_of(experiment: Experiment, facts: Facts, freeze: Part, batch: int) -> tuple[int, str]:
    """The usual length, or the part of it that a probe leaves to gain."""
    usual, why = _usual_epochs(facts, batch)
    probed = facts.probed
    if probed is None or not probed.linear:
        return usual, why
    plain = experiment.loss is None and experiment.data.augment in (None, "none")
    if freeze.name == "backbone" and plain:
        return 0, "the head alone trains, and it is fitted exactly: no step is needed"
    epochs = min(usual, max(LEAST_EPOCHS, math.ceil(usual * probed.share)))
    if epochs == usual:
        return usual, why
    error = f"an error of {probed.error:.3f} (standard error {probed.noise:.3f}), little to gain"
    left = f"its {probed.figure} of {probed.held_out:.3f} leaves {error}"
    return epochs, f"the head starts from the probe, and {left}: not {usual} epochs"


def _usual_epochs(facts: Facts, batch: int) -> tuple[int, str]:
    """Small data needs steps, not epochs (Mosbach et al. 2021; Zhang et al. 2021; BiT)."""
    per_epoch = max(1, math.ceil(facts.examples / batch))
    usual = facts.kind.defaults.pretrained if facts.pretrained else facts.kind.defaults.scratch
    if usual is not None:
        return min(usual.most, max(usual.least, math.ceil(usual.steps / per_epoch))), usual.why
    if facts.of_texts:
        if facts.examples >= 10_000:
            return 3, "the usual length for 10,000 texts and more"
        return min(20, max(3, math.ceil(1000 / per_epoch))), "1,000 steps, at least 3 and at most 20 epochs"
    steps = max(300, min(10_000, 30 * per_epoch))
    epochs = min(60, max(5, math.ceil(steps / per_epoch)))
    return epochs, f"{steps} steps of {batch}, at least 5 and at most 60 epochs"


def patience_of(experiment: Experiment, facts: Facts, epochs: int) -> tuple[int, str]:
    """Measured on 28 street scenes: the mean IoU stood still for 40 steps, then it tripled. Entities begin as late."""
    fifth = max(3, math.ceil(0.2 * epochs))
    if not facts.kind.defaults.slow_start:
        return fifth, "a fifth of the run, at least 3"
    batch = experiment.data.batch * experiment.training.accumulate
    steps = max(1, math.ceil(facts.examples / batch))
    why = "a fifth of the run, at least 3 and 100 steps" + (" (measured)" if facts.kind.dense else "")
    return max(fifth, math.ceil(100 / steps)), why
