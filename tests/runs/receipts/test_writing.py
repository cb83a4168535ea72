"""Receipts are whole or plainly not: written at the start, sealed at the end, and never too long."""

from __future__ import annotations

import csv
import json
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.runs.receipts import writing
from ftcli.runs.receipts.document import MOST_BYTES, read_receipt
from ftcli.runs.receipts.tensors import hash_tensors
from ftcli.runs.training import Training
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

TEXTS = """
task: text-classification
data: {source: films, val: 0.25, batch_size: 4, max_length: 16}
model: bert
training: {epochs: 1, device: cpu, precision: fp32, log_every: 1}
"""


@pytest.fixture
def films(workplace: Path) -> Path:
    """Texts in class folders: files that no example names."""
    for row in tiny_data.reviews(16):
        folder = workplace / "films" / row["label"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{len(list(folder.iterdir()))}.txt").write_text(row["text"])
    tiny_models.bert(workplace / "bert")
    (workplace / "my.yaml").write_text(TEXTS)
    return workplace


def test_a_receipt_has_all_files_and_no_thread_is_left(ftcli: Command, films: Path) -> None:
    ftcli.ok("train", "my.yaml", "output=run")
    with open("run/receipt-files.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["name"] for row in rows if row["kind"] == "data"} == {
        f"{label}/{number}.txt" for label in ("good", "bad") for number in range(8)
    }
    assert "bert/model.safetensors" in {row["name"] for row in rows if row["kind"] == "weights"}
    fields = read_receipt(Path("run/receipt.json")).fields
    assert fields["data"]["count"] == 16
    assert fields["machine"]["threads"] == torch.get_num_threads()
    assert fields["packages"]["torch"] == torch.__version__.partition("+")[0]
    assert fields["yaml"] == Path("run/experiment.yaml").read_text()
    assert fields["base"] == str(films / "films")
    assert fields["figures"]["val"] == json.loads(Path("run/summary.json").read_text())["val"]
    assert [one for one in threading.enumerate() if one.name == "receipt"] == []


def test_a_run_that_is_given_up_leaves_nothing(
    ftcli: Command, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any, report: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "_record", fail)
    assert ftcli("train", "my.yaml", "output=run", "training.probe=no").status != 0
    assert not Path("run").exists()
    assert [one for one in threading.enumerate() if one.name == "receipt"] == []


def test_it_always_fits(ftcli: Command, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_SHORT", 30_000)
    monkeypatch.setattr(writing, "hash_tensors", _many)
    ftcli.ok("train", "my.yaml", "output=run")
    assert Path("run/receipt.json").stat().st_size <= MOST_BYTES
    receipt = read_receipt(Path("run/receipt.json"))
    assert receipt.fields["checkpoint"]["count"] == 5_000
    assert receipt.sealed


def _many(tensors: Any) -> Any:
    return hash_tensors({f"layer.{number}.weight": torch.tensor(number) for number in range(5_000)})


def test_tensors_differ_by_type_shape_and_bits() -> None:
    one = torch.tensor([[0.0, 1.0]])
    others = [one.reshape(2), one.double(), -one, one.T.contiguous()]
    hashes = {hash_tensors({"x": tensor})[0].sha256 for tensor in (one, *others)}
    assert len(hashes) == 5
    assert hash_tensors({"x": one.T.contiguous().T}) == hash_tensors({"x": one})
