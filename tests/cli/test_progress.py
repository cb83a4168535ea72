"""The bar shows a step a few times a second, since reading its loss makes a GPU finish first."""

from __future__ import annotations

import io
import signal
import time

import pytest
import torch
from rich.console import Console

from ftcli.cli import progress
from ftcli.cli.screen import Screen
from ftcli.system import signals
from ftcli.training.reports import Progress, StepReport
from tests.cli.fake_training import epoch, training


def test_a_step_is_shown_a_few_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pace = progress._Pace()
    shown = []
    for _ in range(300):  # a step every 10 milliseconds
        now += 0.01
        pace.add(4)
        shown.append(pace.due())
    assert shown[0]
    assert 11 <= sum(shown) <= 13
    assert pace.rate() == pytest.approx(400)


def shown_epochs(trains: list[str], width: int | None = None) -> list[str]:
    """The lines of two epochs of a training, as printed."""
    given = training(trains, metric="accuracy")
    screen = Screen()
    file = io.StringIO()
    screen.console = Console(
        file=file, force_terminal=width is not None, width=width, soft_wrap=True, color_system=None
    )
    lines = progress._EpochLines(screen, given)
    lines.show(epoch(1, trained=trains[0], train_loss=10.5, best=True))
    lines.show(epoch(2, trained=trains[1], seconds=100.0))
    return file.getvalue().splitlines()


def test_an_epoch_is_a_line_with_its_phase_and_its_seconds() -> None:
    first, second = shown_epochs(["head", "all blocks", *["all blocks"] * 8])
    rest = "val loss 1.5000  val accuracy 0.7500     120.0 examples/s"
    assert first == f"epoch  1/10  head        train loss 10.5000  {rest}   4.0 s  best"
    assert second == f"epoch  2/10  all blocks  train loss 1.2500   {rest}   2 min"
    assert shown_epochs(["head"] * 2)[0].startswith("epoch 1/2  train loss")


@pytest.mark.parametrize("width", [70, 80, 100, 120])
def test_an_epoch_fits_into_a_line_of_the_terminal(width: int) -> None:
    lines = shown_epochs(["top 3 of 6 blocks", "all blocks", *["all blocks"] * 8], width)
    assert len(lines) == 2
    assert max(map(len, lines)) <= width
    assert all("val accuracy 0.7500" in line for line in lines)


def drawn(bar: progress._Bar, width: int) -> str:
    """The line of the bar, as it is drawn now."""
    plain = Console(file=io.StringIO(), width=width, color_system=None)
    plain.print(bar.progress.get_renderable())
    (line,) = plain.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(line) <= width
    assert "\u2026" not in line
    return str(line)


def new_bar(width: int) -> progress._Bar:
    """That of a long training, near its end."""
    given = training(["all blocks"] * 100, steps=1000, metric="accuracy")
    given.steps, given.fit.progress = 100_000, Progress(step=99_000)
    screen = Screen()
    screen.console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    return progress._Bar(screen, given)


LATE = StepReport(99, 99_001, torch.tensor(1234.5), 1e-3, 32)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_bar_fits_into_a_line(width: int) -> None:
    bar = new_bar(width)
    bar.step(LATE, {"accuracy": 0.75})
    assert ("loss 1234.5000" in drawn(bar, width)) == (width >= 80)
    bar.scoring()
    assert "scoring" in drawn(bar, width)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_ctrl_c_is_answered_before_the_step_is_done(width: int) -> None:
    bar = new_bar(width)
    with signals.announced(bar.stopping), signals.noted():
        signals._requests.receive(signal.SIGINT, None)
        assert drawn(bar, width).startswith("stopping")
        bar.step(LATE, {"accuracy": 0.75})
        assert drawn(bar, width).startswith("stopping")
        assert ("Ctrl-C again: now" in drawn(bar, width)) == (width >= 80)


@pytest.mark.parametrize(
    ("reason", "epochs", "words"),
    [("all epochs are done", 38, "all 38 epochs are done"), ("all epochs are done", 1, "the epoch is done"),
     ("loss has not improved in 3 evaluations", 9, "stopped early: loss has not improved in 3 evaluations")],
)  # fmt: skip
def test_why_it_is_over_is_said_as_it_is(reason: str, epochs: int, words: str) -> None:
    assert progress.ended(reason, epochs) == words
