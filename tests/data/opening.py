"""Splits of texts, opened with the usual settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import ConfigError, DataError


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


def ids(split: Any) -> list[str]:
    return [split[index].id for index in range(len(split))]
