"""Interrupts a run and lets it go on: it must end with the bytes of one that was never interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import Interruption
from ftcli.runs import training as runs_training
from ftcli.training.reports import EpochReport
from tests.running import Command


class Stop:
    """Interrupts training when epoch `epoch` has been recorded, as Ctrl-C would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
        record = runs_training.Training._record

        def interrupt(self: Any, report: Any, events: Any) -> None:
            record(self, report, events)
            if isinstance(report, EpochReport) and report.epoch == epoch:
                raise Interruption(2)

        monkeypatch.setattr(runs_training.Training, "_record", interrupt)


def files(run: Path) -> dict[str, bytes]:
    """The files of a run directory."""
    return {str(p.relative_to(run)): p.read_bytes() for p in sorted(run.rglob("*")) if p.is_file()}


def check_resumes(ftcli: Command, config: Path, *extra: str) -> None:
    """Train `config` in one go and in two; leaves the runs `whole` and `halves` in the current folder."""
    extra = ("training.keep_state=true", *extra)  # to compare that, too
    ftcli.ok("train", config, "output=whole", *extra)
    with pytest.MonkeyPatch.context() as patch:
        Stop(patch, epoch=1)
        result = ftcli("train", config, "output=halves", *extra)
    assert result.status == 130
    assert "ftcli train --resume halves" in result.err
    assert not Path("halves/summary.json").exists()
    ftcli.ok("train", "--resume", "halves")
    whole, halves = files(Path("whole")), files(Path("halves"))
    assert whole.keys() == halves.keys()
    same = [name for name in whole if name.endswith((".safetensors", "metrics.jsonl", "state.json"))]
    assert len(same) >= 4
    assert [name for name in same if whole[name] != halves[name]] == []
