"""TensorBoard events beside metrics.jsonl."""

from __future__ import annotations

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ftcli.runs.directory import RunDirectory
from ftcli.runs.trackers import Events, TensorBoard


def test_figures_are_read_back_by_tensorboard(tmp_path: Path) -> None:
    with TensorBoard(RunDirectory(tmp_path)) as events:
        for step in (1, 2):
            events.add({"val/loss": 1 / step}, step)
    found = EventAccumulator(str(tmp_path / "tensorboard"))
    found.Reload()
    assert [(event.step, event.value) for event in found.Scalars("val/loss")] == [(1, 1.0), (2, 0.5)]


def test_the_ordinary_case_writes_nothing(tmp_path: Path) -> None:
    with Events() as events:
        events.add({"val/loss": 1.0}, 1)
    assert list(tmp_path.iterdir()) == []
