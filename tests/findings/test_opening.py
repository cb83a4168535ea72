"""Data that training refuses are opened as far as they can be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.errors import ConfigError
from ftcli.findings.opening import Found, opened
from tests.tiny import data as tiny


def photos(data: Data) -> Found:
    return opened(data, inputs=(IMAGE,), wants="category", seed=0, places={})


def texts(data: Data) -> Found:
    return opened(data, inputs=(TEXT,), wants="category", seed=0, places={})


def test_broken_files_are_an_error_unless_they_are_left_out(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path)
    (tmp_path / "red/0.png").write_bytes(b"not an image")
    data = Data(source=str(tmp_path), val=0.0)
    for policy, severity in (("fail", "error"), ("skip", "warning")):
        found = photos(replace(data, bad_files=policy))
        assert found.splits is not None
        assert len(found.splits.train) == 7
        (one,) = found.findings
        assert (one.kind, one.severity, one.count) == ("broken-file", severity, 1)
        assert "red/0.png" in one.places[0]


def test_missing_labels_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    path = tiny.image_table(tmp_path / "a.csv")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, f"{lines[1].split(',')[0]},", "images/none.png,red"]) + "\n")
    found = photos(Data(train=str(path), val=0.0))
    assert {one.kind: one.count for one in found.findings} == {"broken-file": 1, "missing-label": 1}
    assert [one.severity for one in found.findings] == ["error", "error"]
    assert found.splits is not None
    assert len(found.splits.train) == 8
    asked = photos(Data(train=str(path), val=0.0, missing_labels="skip"))
    assert {one.kind: one.severity for one in asked.findings} == {
        "broken-file": "error",
        "missing-label": "warning",
    }


def test_what_training_refuses_is_one_finding(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", [{"text": f"{n}", "label": "only"} for n in range(5)])
    found = texts(Data(train=str(path)))
    assert found.splits is None
    (one,) = found.findings
    assert (one.kind, one.severity) == ("not-usable", "error")
    assert "only one class, 'only'" in one.message


def test_wrong_keys_are_no_finding(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", tiny.reviews(8))
    with pytest.raises(ConfigError):
        texts(Data(train=str(path), image_size=64))


def test_a_group_column_is_kept_if_all_splits_have_it(tmp_path: Path) -> None:
    rows = [row | {"author": "ab"[n % 2]} for n, row in enumerate(tiny.reviews(12))]
    train = tiny.table(tmp_path / "train.csv", rows)
    found = texts(Data(train=str(train), val=0.25)).splits
    assert found is not None
    assert found.train[0].attributes.keys() == {"author"}
    val = tiny.table(tmp_path / "val.csv", tiny.reviews(4))
    without = texts(Data(train=str(train), val=str(val))).splits
    assert without is not None
    assert without.train[0].attributes == {}
