"""What AGENTS.md says of commands and files is so: its fields are those of the JSON that comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import constants

from ftcli.runs.cache_folder import open_store
from ftcli.runs.checkpoints.retention import best
from ftcli.runs.settling.sweep import sweeps
from tests.docs.written import text
from tests.report.making import write_json
from tests.running import Command
from tests.ship.hub_server import hub_on_this_machine
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

AGENTS = text("AGENTS.md")
# What the row of the receipt says of the table beside it.
LISTED = ("kind", "name", "sha256", "bytes")
IMAGES = """
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32, cache: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 1, device: cpu, precision: fp32, log_every: 1}
"""


def fields(row: str) -> set[str]:
    """The words between backticks in the second cell of the row that begins with `row`."""
    line = re.search(rf"^\| `{re.escape(row)}` \| (.*) \|$", AGENTS, flags=re.MULTILINE)
    assert line is not None, row
    return set(re.findall(r"`(\w+)`", line[1]))


def keys(document: Any) -> set[str]:
    """The names of all fields of a JSON document, at any depth."""
    if isinstance(document, dict):
        return {*document, *(key for value in document.values() for key in keys(value))}
    return {key for value in document for key in keys(value)} if isinstance(document, list) else set()


@pytest.fixture
def run(ftcli: Command, workplace: Path) -> Path:
    tiny_data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    (workplace / "my.yaml").write_text(IMAGES)
    ftcli.ok("train", "my.yaml", "output=runs/one")
    return workplace / "runs/one"


def pushed(ftcli: Command, run: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is printed for an export, of which only the document is there."""
    write_json(run / "export/hf/export.json", {"checkpoint": best(run / "checkpoints").name, "files": {}})
    with hub_on_this_machine(monkeypatch, run):
        return json.loads(ftcli.ok("push", run, "anna/photos", "--json"))


def recommended(ftcli: Command, folder: Path) -> Any:
    """What is printed for a choice of two networks on few texts."""
    tiny_data.table(folder / "reviews.csv", tiny_data.reviews(40))
    one, two = tiny_models.bert(folder / "one"), tiny_models.distilbert(folder / "two")
    options = ("--models", f"{one},{two},nowhere", "--race", 0, "--json")
    return json.loads(ftcli.ok("recommend", "reviews.csv", *options))


def test_fields_of_commands(
    ftcli: Command, run: Path, workplace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("ftcli.studies.rates.sweeps", partial(sweeps, steps=16, seeds=1))
    tiny_models.bert(tmp_path / "hub" / "models--someone--tiny" / "snapshots" / "0")
    open_store(None).bucket("inputs", {"sounds": 1}).put(b"k" * 16, {"x": torch.zeros(3)})
    answers: dict[str, Callable[[], Any]] = {
        "ftcli check DATA --json": lambda: json.loads(ftcli.ok("check", "photos", "--json")),
        "ftcli init DATA --json": lambda: json.loads(ftcli.ok("init", "photos", "--json")),
        "ftcli plan YAML --json": lambda: json.loads(ftcli.ok("plan", "my.yaml", "--json")),
        "ftcli train YAML --json": lambda: json.loads(
            ftcli.ok("train", "my.yaml", "output=runs/two", "--json")
        ),
        "ftcli recommend DATA --json": lambda: recommended(ftcli, workplace),
        "ftcli tune YAML --json": lambda: json.loads(ftcli.ok("tune", "my.yaml", "--trials", "1", "--json")),
        "ftcli lr YAML --json": lambda: json.loads(ftcli.ok("lr", "my.yaml", "--json")),
        "ftcli predict RUN FILE --json": lambda: json.loads(ftcli.ok("predict", run, "photos/val", "--json")),
        "ftcli eval RUN --json": lambda: json.loads(ftcli.ok("eval", run, "--json")),
        "ftcli card RUN --json": lambda: json.loads(ftcli.ok("card", run, "--json")),
        "ftcli export RUN FORMAT... --json": lambda: json.loads(ftcli.ok("export", run, "torch", "--json")),
        "ftcli push RUN REPO --json": lambda: pushed(ftcli, run, monkeypatch),
        "ftcli runs --json": lambda: json.loads(ftcli.ok("runs", "--json")),
        "ftcli compare A B --json": lambda: json.loads(ftcli.ok("compare", run, "runs/two", "--json")),
        "ftcli reproduce RUN --json": lambda: json.loads(ftcli.ok("reproduce", run, "--json")),
        "ftcli sync RUN TRACKER --json": lambda: json.loads(ftcli.ok("sync", run, "tensorboard", "--json")),
        "ftcli cache --json": lambda: json.loads(ftcli.ok("cache", "--json")),
        "ftcli list-models --json": lambda: json.loads(ftcli.ok("list-models", "--json")),
        "ftcli list-models --local --json": lambda: json.loads(ftcli.ok("list-models", "--local", "--json")),
        "ftcli examples --json": lambda: json.loads(ftcli.ok("examples", "--json")),
    }
    for command, answer in answers.items():
        missing = fields(command) - keys(answer())
        assert not missing, (command, missing)
    documented = set(re.findall(r"^\| `(ftcli [^`]*--json[^`]*)`", AGENTS, flags=re.MULTILINE))
    assert documented == set(answers)


def test_files_of_a_run(run: Path) -> None:
    section = AGENTS.partition("## Files of a run")[2].partition("\n## ")[0]
    names = re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)
    assert names
    assert not [name for name in names if not (run / name).exists()]
    for name in ("summary.json", "outcomes.json", "receipt.json"):
        document = json.loads((run / name).read_text(encoding="utf-8"))
        assert fields(name) - {"test", *LISTED} <= keys(document), name
    header = (run / "predictions.csv").read_text(encoding="utf-8").splitlines()[0]
    assert fields("predictions.csv") == set(header.split(","))
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert fields("metrics.jsonl") <= keys(lines)
