"""A short selection of the trials; `make faults` runs them all."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.faults import power, trials
from tests.faults.trials import Bench, Trial
from tests.faults.zygote import COMPILER, Zygote

needs_compiler = pytest.mark.skipif(
    COMPILER is None, reason="calls are watched by a small library, made by gcc"
)
SHORT = ("training.epochs=3", "training.save_steps=1000")


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    with Zygote(tmp_path_factory.mktemp("shim") if COMPILER else None) as made:
        yield made


def check(results: Iterable[Trial]) -> None:
    assert [(trial.what, trial.wrong) for trial in results if trial.wrong] == []


@pytest.mark.parametrize("name", ["vision", "text", "accumulated"])
def test_a_killed_run_ends_with_the_same_bytes(zygote: Zygote, tmp_path: Path, name: str) -> None:
    check(trials.kills(Bench(zygote, tmp_path, name), 1, each=2))


def test_two_processes_of_which_one_is_killed_end_with_the_same_bytes(zygote: Zygote, tmp_path: Path) -> None:
    check(trials.kills(Bench(zygote, tmp_path, "two processes"), 1, each=2))


def test_a_request_to_stop_saves_the_step_at_hand(zygote: Zygote, tmp_path: Path) -> None:
    bench = Bench(zygote, tmp_path, "vision", "training.save_steps=1000")
    check(trials.signals(bench, (signal.SIGTERM, signal.SIGINT), 2, seed=1))


def test_a_damaged_newest_checkpoint_is_reported_and_the_one_before_is_used(
    zygote: Zygote, tmp_path: Path
) -> None:
    check(trials.mutated(Bench(zygote, tmp_path, "accumulated"), 3))


def test_one_of_many_starts_wins_and_the_next_one_after_a_kill(zygote: Zygote, tmp_path: Path) -> None:
    check(trials.crowds(Bench(zygote, tmp_path, "text", *SHORT), 2, 4))


@needs_compiler
def test_a_loss_of_power_leaves_a_run_that_can_go_on(zygote: Zygote, tmp_path: Path) -> None:
    extra = ("training.epochs=2", "freeze=backbone", "training.keep_state=false")
    check(power.losses(zygote, tmp_path, extra, limit=4, moments=10, resumed=1))


@needs_compiler
def test_a_loss_of_power_leaves_a_finished_run_finished_or_going_on(zygote: Zygote, tmp_path: Path) -> None:
    extra = ("training.epochs=1", "training.save_steps=1000")
    check(power.losses(zygote, tmp_path, extra, ["training.epochs=2"], limit=6, moments=12, resumed=1))


@needs_compiler
def test_a_finished_run_goes_on_to_the_same_bytes_whenever_it_is_killed(
    zygote: Zygote, tmp_path: Path
) -> None:
    bench = Bench(zygote, tmp_path, "text", "training.epochs=1", "training.save_steps=1000")
    bench.lengthen("training.epochs=2")
    places = range(1, trials.calls(bench), 13)
    check(trials.killed_calls(bench, places))
    check(trials.failed_calls(bench, places[:2], trials.FULL[:1]))


@needs_compiler
def test_a_write_that_fails_or_is_the_last_loses_nothing(zygote: Zygote, tmp_path: Path) -> None:
    bench = Bench(zygote, tmp_path, "accumulated", *SHORT)
    places = range(7, trials.calls(bench), 37)
    check(trials.killed_calls(bench, places))
    check(trials.failed_calls(bench, places, trials.FULL[:1]))
