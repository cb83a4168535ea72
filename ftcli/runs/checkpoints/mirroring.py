"""Test-time augmentation (`training.test_time_augment`): the outputs of an image and of its mirror image are averaged.

Whether that is better is seen on the validation split, once the weights to use are known; it then stands in their
checkpoint. Krizhevsky et al. 2012, "ImageNet Classification with Deep Convolutional Neural Networks", section 4.1, did
so with ten parts of an image.
"""

from __future__ import annotations

from typing import NamedTuple

from ftcli.runs.caching import Caching
from ftcli.runs.checkpoints import final, retention
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resuming import load_best
from ftcli.runs.scoring import Validation
from ftcli.runs.session import Session
from ftcli.system import signals
from ftcli.training.fit import Fit
from ftcli.training.reports import rank


class Mirrored(NamedTuple):
    """The watched figure of images alone, and with mirror images; whether these are used."""

    alone: float
    figure: float
    used: bool


def try_mirrored(
    session: Session,
    directory: RunDirectory,
    fit: Fit,
    caching: Caching,
    validation: Validation,
    epochs: list[int],
    frozen: frozenset[str],
) -> Mirrored:
    """Use mirror images from now on where they are better, and write that; `epochs` are those of the weights.

    All processes of a group call it. `validation` keeps what the figures of the result come from.
    """
    load_best(session, directory)

    def score(*, mirrored: bool) -> dict[str, float]:
        signals.check()
        session.model.mirrored = mirrored
        caching.enter_scoring(validation.sample)
        with session.group.unsharded(session.model) as whole:
            return dict(validation(whole))

    alone, both = score(mirrored=False), score(mirrored=True)
    metric, used = fit.plan.metric, rank(both, fit.plan) > rank(alone, fit.plan)
    if used:
        validation.keep()
        if session.group.leads:
            retention.remove_average(directory.checkpoints)
        final.write(session, directory, fit, epochs, frozen)
    else:
        session.model.mirrored = False
        caching.enter_scoring(validation.sample)
    return Mirrored(alone[metric], both[metric], used)
