"""What a run remembers of its examples, and how they differ from those before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import AUDIO, TEXT
from ftcli.data import inventory as module
from ftcli.data.inventory import difference, inventory
from ftcli.data.splits import Splits, open_splits
from ftcli.media.audio import wav_bytes
from tests.tiny import data as tiny
from tests.tiny.sounds import tone


def written(path: Path, answers: str) -> Splits:
    tiny.table(path, [{"text": f"text {n}", "target": answer} for n, answer in enumerate(answers)])
    return open_splits(Data(train=str(path), val=0.0), inputs=(TEXT,), wants="text", seed=0, places={})


def test_examples_are_compared_one_by_one(tmp_path: Path) -> None:
    before = inventory(written(tmp_path / "a.csv", "abcd"))
    assert difference(before, inventory(written(tmp_path / "a.csv", "abcd"))) == ""
    assert difference(before, inventory(written(tmp_path / "a.csv", "abcde"))) == "1 added (5)"
    assert difference(before, inventory(written(tmp_path / "a.csv", "abxd"))) == "1 changed (3)"


def test_targets_in_the_rows_of_large_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 3)
    before = inventory(written(tmp_path / "a.csv", "abcd"))
    assert set(before["train"]) == {"examples", "digest"}
    assert difference(before, inventory(written(tmp_path / "a.csv", "abcd"))) == ""
    assert difference(before, inventory(written(tmp_path / "a.csv", "abxd"))) != ""


def test_transcripts_beside_sounds_within_a_file(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"audio": wav_bytes(tone(0.1, 200.0 + n), 8000), "transcript": word} for n, word in enumerate("abcd")
    ]
    path = tiny.parquet(tmp_path / "a.parquet", rows)
    data = Data(train=str(path), val=0.0)
    splits = open_splits(data, inputs=(AUDIO,), wants="transcript", seed=0, places={})
    found = inventory(splits)
    assert found["train"]["examples"] == 4
    assert difference(found, inventory(splits)) == ""
