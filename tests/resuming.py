"""Interrupts a run and lets it go on: it must end with the bytes of one that was never interrupted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import Interruption
from ftcli.report.receipt import NAME as RECEIPT
from ftcli.runs import training as runs_training
from ftcli.runs.checkpoints import storage
from ftcli.runs.files import metrics_log
from ftcli.runs.files.run_files import CARD, CURVES, PROBE, REPORT
from ftcli.system import durable
from ftcli.training.reports import EpochReport
from tests.running import Command

# What no two receipts have in common: the time, the name of the run, and what follows from them. The YAML has a file of
# its own.
OF_ONE_RUN = ("seconds", "run", "seal", "yaml", "yaml_sha256")


class Stop:
    """Interrupts training when epoch `epoch` has been recorded, as Ctrl-C would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
        record = runs_training.Training._record

        def interrupt(self: Any, report: Any) -> None:
            record(self, report)
            if isinstance(report, EpochReport) and report.epoch == epoch:
                raise Interruption(2)

        monkeypatch.setattr(runs_training.Training, "_record", interrupt)


def files(run: Path) -> dict[str, bytes]:
    """The files of a run directory, without times: of an epoch in metrics.jsonl, and what follows from them.

    The report and the card are made of the other files, and show their times.
    """
    made = (REPORT, CURVES, CARD)
    paths = (path for path in sorted(run.rglob("*")) if path.is_file() and path.name not in made)
    return {str(path.relative_to(run)): timeless(path.name, path.read_bytes()) for path in paths}


def timeless(name: str, content: bytes) -> bytes:
    """What a file of a run holds but for times: state.json has those so far, and the hash of metrics.jsonl.

    A receipt has the name of the run, too.
    """
    if name == metrics_log.NAME:
        lines = map(json.loads, content.splitlines())
        kept = [{key: line[key] for key in line if key not in metrics_log.TIMES} for line in lines]
        return "".join(f"{json.dumps(line)}\n" for line in kept).encode()
    if name == storage.STATE:
        state = json.loads(content)
        del state["metrics_bytes"], state["metrics_sha256"]
        del state["progress"]["seconds"], state["progress"]["epoch_seconds"]
        return json.dumps(state).encode()
    if name == PROBE:
        return json.dumps(json.loads(content) | {"seconds": None}).encode()
    if name == RECEIPT:
        receipt = json.loads(content)
        return json.dumps({key: receipt[key] for key in receipt if key not in OF_ONE_RUN}).encode()
    if name == durable.MANIFEST:
        manifest = json.loads(content)
        manifest["files"].pop(storage.STATE, None)
        return json.dumps(manifest).encode()
    return content


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
    same = [name for name in whole if name.endswith((".safetensors", "metrics.jsonl", "state.json", RECEIPT))]
    assert len(same) >= 4
    assert [name for name in same if whole[name] != halves[name]] == []
