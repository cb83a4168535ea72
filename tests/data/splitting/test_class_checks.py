"""What is wrong or odd with the classes of a split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import ConfigError, DataError
from tests.tiny import data as tiny


def opened(
    data: Data,
    modality: Any = "text",
    wants: str = "category",
    seed: int = 0,
    places: Mapping[str, str] | None = None,
) -> Splits:
    return open_splits(data, inputs=(MODALITIES[modality],), wants=wants, seed=seed, places=places or {})


def mistake(
    data: Data, modality: Any = "text", wants: str = "category", places: Mapping[str, str] | None = None
) -> str:
    with pytest.raises((DataError, ConfigError)) as caught:
        opened(data, modality, wants, places=places)
    return str(caught.value)


def test_a_label_that_only_validation_has(tmp_path: Path) -> None:
    train = tiny.table(tmp_path / "a.csv", tiny.reviews())
    val = tiny.table(tmp_path / "b.csv", [*tiny.reviews(), {"text": "so so", "label": "goood"}])
    message = mistake(Data(train=str(train), val=str(val)))
    assert "labels that the training split does not have: 'goood' (1 example, the first at " in message
    assert "b.csv:10; did you mean 'good'?)" in message


def test_a_class_that_validation_lacks_is_a_note(tmp_path: Path) -> None:
    train = tiny.table(tmp_path / "a.csv", tiny.reviews())
    val = tiny.table(tmp_path / "b.csv", tiny.reviews(1))
    splits = opened(Data(train=str(train), val=str(val)))
    assert any("the validation split has no example of bad" in note for note in splits.notes)
