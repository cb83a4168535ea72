"""Where much is to gain, the head begins at zero after its probe was scored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.config.defaults import facts
from ftcli.runs.files.run_files import PROBE, RunFiles
from ftcli.runs.probing.head import learns_anew
from tests.resuming import check_resumes
from tests.running import Command
from tests.runs.probing.test_probing import config  # noqa: F401


@pytest.mark.parametrize(
    ("document", "anew"),
    [
        ({"linear": True, "starts": False}, True),
        ({"linear": True, "starts": True}, False),
        ({"linear": False, "starts": False}, False),
        ({"skipped": "none"}, False),
    ],
)
def test_what_a_run_says_of_its_head(tmp_path: Path, document: dict[str, object], anew: bool) -> None:
    (tmp_path / PROBE).write_text(json.dumps(document))
    assert learns_anew(RunFiles(tmp_path)) is anew


def test_it_learns_as_without_a_probe(
    ftcli: Command,
    config: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(facts, "MUCH_TO_GAIN", 1e-9)
    same = ("training.ema=0.9", "training.early_stop=false", "training.metric=loss", "optimizer=sgd")
    check_resumes(ftcli, config, *same)
    ftcli.ok("train", config, "output=without", "training.probe=no", *same)
    lines = [
        [json.loads(line) for line in Path(run, "metrics.jsonl").read_text().splitlines()]
        for run in ("whole", "without")
    ]
    assert lines[0][0]["step"] == 0
    assert [line["train_loss"] for line in lines[0] if "train_loss" in line] == [
        line["train_loss"] for line in lines[1] if "train_loss" in line
    ]
