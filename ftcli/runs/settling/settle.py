"""Values for the keys that are left to measurements, before a run begins.

They are found on a session of their own, which is gone when the training is prepared. So a run's experiment.yaml has
plain values, and nothing is searched again when the run goes on or is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from ftcli.config.defaults.facts import Choice
from ftcli.config.measured import AUTO, BATCH, RATE, mistakes, to_measure, with_usual
from ftcli.config.schema import Experiment, Part
from ftcli.errors import ConfigError
from ftcli.runs.probing.baseline import Baseline, Skipped
from ftcli.runs.probing.head import before_a_step
from ftcli.runs.session import Session, prepare
from ftcli.runs.settling.micro_batch import find_micro_batch
from ftcli.runs.settling.rate import choices as rate_choices
from ftcli.runs.settling.rate import found_rate
from ftcli.runs.settling.sweep import sweeps
from ftcli.training.distributed.group import Group

MICRO = "training.micro_batch"
# Says what is measured, how much of it is done, and of how much.
Watch = Callable[[str, int, int], None]


class Settled(NamedTuple):
    """An experiment with plain values, why it has them, and the probe of its training, where one had to be fitted."""

    experiment: Experiment
    choices: list[Choice]
    probe: Baseline | Skipped | None = None


def not_watched(what: str, done: int, total: int) -> None:
    """Watches nothing."""


def settle(
    experiment: Experiment,
    name: str,
    group: Group,
    *,
    dry: bool = False,
    watch: Watch = not_watched,
) -> Settled:
    """The experiment with values for `data.batch_size: auto` and `optimizer.lr: find`, and why it has them.

    It is returned as it is where neither is asked for. `name` is that of the run. All processes of a group call it,
    and get the same values. With `dry` nothing is kept in the cache. Steps at rates are taken as training begins, so
    after its probe, which needs not be fitted again.

    Raises what `prepare` raises, `ConfigError` for keys that contradict a value that shall be found, and
    `MemoryShortError` where one example does not go through the network.
    """
    asked = to_measure(experiment)
    if not asked:
        return Settled(experiment, [])
    with group.agreeing():
        check(experiment)
        session = prepare(experiment, group=group)
    choices: list[Choice] = []
    if BATCH in asked:
        watch(f"{name}: measuring steps for {BATCH}: {AUTO}", 0, 0)
        choices += _batch(session, dry)
        session = replace(session, experiment=_with(session.experiment, choices))
    if RATE in asked:
        watch(f"{name}: fitting the probe", 0, 0)
        session = _at_first_step(session, choices, dry)
        part = experiment.optimizer
        choices += _rates(session, name, () if part is None else part.options, dry, watch)
    choices = group.broadcast(choices)
    return Settled(_with(with_usual(experiment), choices), choices, session.probe)


def _at_first_step(session: Session, choices: Sequence[Choice], dry: bool) -> Session:
    """The session as its training takes the first step, with what was found before."""
    data, probing = session.experiment.data, session
    if dry:
        nothing = replace(session.experiment, data=replace(data, cache=replace(data.cache, keep="none")))
        probing = replace(session, experiment=nothing)
    session = before_a_step(probing)
    return replace(session, experiment=_with(session.experiment, choices))


def _batch(session: Session, dry: bool) -> list[Choice]:
    size = session.experiment.data.batch
    if session.experiment.training.epochs == 0:
        return [Choice(BATCH, size, "the usual batch: no step is taken with it")]
    found = find_micro_batch(session, dry=dry)
    return [
        Choice(BATCH, size, "the usual batch, which auto leaves as it is"),
        Choice(MICRO, found.examples, found.reason, measured=True),
    ]


def _rates(session: Session, name: str, written: Collection[str], dry: bool, watch: Watch) -> list[Choice]:
    if session.experiment.training.epochs == 0:
        part = session.experiment.optimizer
        assert part is not None
        return [Choice(RATE, part.options["lr"], "the usual rate: no step is taken with it")]
    swept = sweeps(session, dry=dry, watch=lambda done, total: watch(f"{name}: sweep of rates", done, total))
    return rate_choices(found_rate(session, swept), written)


def _with(experiment: Experiment, choices: Sequence[Choice]) -> Experiment:
    """The experiment with what was found."""
    found = {choice.key: choice.value for choice in choices}
    rates = {key.partition(".")[2]: value for key, value in found.items() if key.startswith("optimizer.")}
    if BATCH in found:
        training = replace(experiment.training, micro_batch=found.get(MICRO))
        experiment = replace(
            experiment, data=replace(experiment.data, batch_size=found[BATCH]), training=training
        )
    part = experiment.optimizer or Part(AUTO)
    return replace(experiment, optimizer=part.choosing(**rates)) if rates else experiment


def check(experiment: Experiment) -> None:
    """Raise `ConfigError` for keys that contradict a value that shall be found, of an experiment from Python."""
    if found := [experiment.places.mistake(key, problem) for key, problem in mistakes(experiment)]:
        raise ConfigError(found)
