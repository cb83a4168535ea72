"""A candidate opened and timed: what it is, and what an example costs on this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ftcli.config.quantities import seconds_of
from ftcli.config.schema import Experiment
from ftcli.contracts import Batch, ImagePreprocess
from ftcli.errors import ConfigError, UserError
from ftcli.runs.session import Session, prepare
from ftcli.runs.settling.settle import settle
from ftcli.studies.recommend.ranking.candidates import Candidate
from ftcli.studies.recommend.ranking.records import Facts
from ftcli.studies.recommend.terms import comparable
from ftcli.system.offline import no_connection
from ftcli.training.distributed.group import Group
from ftcli.training.evaluate import to_device

# Examples that go through the network to be timed, how often at least and at most, and the seconds that end it.
_BATCH, _LEAST, _MOST, _SECONDS = 8, 3, 20, 0.5
# Forward passes that a step of training takes as long as.
_OF_A_STEP = 3


def opened(candidate: Candidate, base: Experiment) -> Session:
    """The experiment with this candidate, ready to train. Raises `UserError` for one that cannot be used.

    Nothing is downloaded for it.
    """
    with no_connection():
        return prepare(candidate.experiment(base))


def ready_to_train(candidate: Candidate, base: Experiment) -> Session:
    """As `opened`, with the part of a batch that `data.batch_size: auto` finds by steps on this machine."""
    with no_connection():
        settled = settle(comparable(candidate.experiment(base)), candidate.name, Group())
        return prepare(settled.experiment)


def facts(session: Session) -> Facts:
    """Measure a candidate on some of its training examples."""
    backbone, examples = session.backbone, min(_BATCH, len(session.splits.train))
    parameters = sum(value.numel() for value in backbone.module.parameters())
    started = time.perf_counter()
    encoded = [session.task.encode(session.splits.train[index]) for index in range(examples)]
    encode = (time.perf_counter() - started) / examples
    collate = session.task.collate
    device = session.precision.device
    alone = to_device(collate(encoded[:1], training=False), device)
    together = to_device(collate(encoded, training=False), device)
    preprocess = backbone.preprocess
    forward = _timed(session, together) / examples
    return Facts(
        parameters=parameters,
        megabytes=parameters * 4 / 1e6,
        latency=_timed(session, alone),
        forward=forward,
        encode=encode,
        train=_train_seconds(session, forward, encode),
        source=_source(session),
        image_size=preprocess.crop if isinstance(preprocess, ImagePreprocess) else None,
    )


def _train_seconds(session: Session, forward: float, encode: float) -> float:
    """What the recipe is expected to take: a backward pass takes as long as two forward passes, files are decoded once.

    That frozen blocks take less is left out, so this is rather too much. A limit of time holds.
    """
    splits, epochs = session.splits, session.experiment.training.epochs
    if epochs is None:
        epochs = 1
    validated = len(splits.val) if splits.val is not None else 0
    # Without an epoch the head is fitted to features, which are computed once.
    passes = epochs * (_OF_A_STEP * len(splits.train) + validated) or len(splits.train) + validated
    seconds = forward * passes + encode * (len(splits.train) + validated)
    limit = session.experiment.training.time
    return seconds if limit is None else min(seconds, seconds_of(limit) or math.inf)


def _timed(session: Session, batch: Batch) -> float:
    """The least seconds of a forward pass, which other work on the machine delays, after one that is not counted."""
    with _evaluating(session), torch.no_grad(), session.precision.autocast():
        took: list[float] = []
        while len(took) <= _LEAST or (len(took) <= _MOST and sum(took) < _SECONDS):
            started = time.perf_counter()
            session.task.outputs(session.model, batch)
            if session.precision.device.type == "cuda":
                torch.cuda.synchronize(session.precision.device)
            took.append(time.perf_counter() - started)
    return min(took[1:])


@contextmanager
def _evaluating(session: Session) -> Iterator[None]:
    training = session.model.training
    session.model.eval()
    try:
        yield
    finally:
        session.model.train(training)


def _source(session: Session) -> str:
    config = getattr(session.backbone.module, "config", None)
    kind = getattr(config, "model_type", None)
    return str(kind) if kind else session.backbone.source.partition("/")[0]


def reason(error: UserError) -> str:
    """Why a candidate cannot be used, in one line, without the place of its key."""
    first = error.mistakes[0].problem if isinstance(error, ConfigError) else str(error)
    lines = [line.strip() for line in first.splitlines() if line.strip()]
    return " ".join(lines[:3])
