"""Hashes of a receipt, as far as they are of whole files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.report.receipt import File, Receipt, read_receipt
from tests.card.making import SHA256, add_receipt
from tests.report.making import write_json


def test_the_hashes_of_data_and_weights(tmp_path: Path) -> None:
    assert read_receipt(tmp_path) == Receipt()
    add_receipt(tmp_path)
    weights = (File("model.safetensors", 7, SHA256),)
    assert read_receipt(tmp_path) == Receipt(SHA256, SHA256[::-1], weights)
    (tmp_path / "receipt-files.csv").write_text("kind,name,bytes,sha256\nweights,x,many,\nweights,x,3,abc\n")
    assert read_receipt(tmp_path).files == ()


@pytest.mark.parametrize(
    "changed", [{"read": "edges"}, {"receipt": "other"}, {"data": {"sha256": "short"}}, {"data": 3}]
)
def test_another_receipt_says_nothing_of_the_data(changed: dict[str, object], tmp_path: Path) -> None:
    write_json(
        tmp_path / "receipt.json", {"receipt": "ftcli", "read": "whole", "data": {"sha256": SHA256}} | changed
    )
    assert read_receipt(tmp_path) == Receipt()
