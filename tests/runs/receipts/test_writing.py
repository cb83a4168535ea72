"""Receipts are whole or plainly not: written at the start, sealed at the end, and never too long."""

from __future__ import annotations

import csv
import json
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from ftcli.models.pretrained.weights import REST, each_weight
from ftcli.runs.checkpoints.storage import FROZEN, MODEL
from ftcli.runs.receipts import writing
from ftcli.runs.receipts.document import MOST_BYTES, read_receipt
from ftcli.runs.receipts.tensors import hash_checkpoint, hash_tensors, weights_of
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
    monkeypatch.setattr(writing, "hash_checkpoint", _many)
    ftcli.ok("train", "my.yaml", "output=run")
    assert Path("run/receipt.json").stat().st_size <= MOST_BYTES
    receipt = read_receipt(Path("run/receipt.json"))
    assert receipt.fields["checkpoint"]["count"] == 5_000
    assert receipt.sealed


def _many(checkpoint: Any) -> Any:
    return hash_tensors({f"layer.{number}.weight": torch.tensor(number) for number in range(5_000)})


def test_tensors_differ_by_type_shape_and_bits() -> None:
    one = torch.tensor([[0.0, 1.0]])
    others = [one.reshape(2), one.double(), -one, one.T.contiguous()]
    hashes = {hash_tensors({"x": tensor})[0].sha256 for tensor in (one, *others)}
    assert len(hashes) == 5
    assert hash_tensors({"x": one.T.contiguous().T}) == hash_tensors({"x": one})


def test_one_tensor_of_a_checkpoint_is_in_memory_at_a_time(tmp_path: Path) -> None:
    numbers = {f"layer.{index}": torch.full((3,), float(index)) for index in range(6)}
    rest, own = {key: numbers[key] for key in ("layer.0", "layer.3")}, {"layer.3": torch.ones(2)}
    save_file({**numbers, **own}, tmp_path / "whole.safetensors")
    changing = {key: value for key, value in numbers.items() if key not in rest} | own
    save_file(changing, tmp_path / MODEL, {REST: FROZEN})
    save_file(rest, tmp_path / FROZEN)
    seen = []
    for _, tensor in each_weight(tmp_path / MODEL):
        seen.append(weakref.ref(tensor))
        assert sum(one() is not None for one in seen) == 1
    # What is in both files is that of the first.
    assert hash_checkpoint(tmp_path) == hash_tensors(weights_of(tmp_path))
    assert len(hash_checkpoint(tmp_path)) == 6
    assert torch.equal(weights_of(tmp_path)["layer.3"], torch.ones(2))
