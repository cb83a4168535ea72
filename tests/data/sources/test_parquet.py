"""Parquet."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.parquet import Parquet
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from tests.tiny import data as tiny

ROLES = Roles(text="text", label="label")
SINGLE = Reading(KINDS["single-label"])


def texts(opened: Opened) -> list[str]:
    return [opened.rows.inputs(index)["text"] for index in range(len(opened.rows))]


def test_parquet_is_read_from_a_temporary_file_that_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("ftcli.data.sources.parquet._BATCH", 3)
    path = tiny.parquet(tmp_path / "a.parquet", tiny.reviews(8))
    opened = Parquet(path, tmp_path).open(ROLES, SINGLE)
    assert texts(opened) == [row["text"] for row in tiny.reviews(8)]
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    del opened
    gc.collect()
    assert not list((tmp_path / "temporary").iterdir())


def test_what_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(DataError, match="is not a Parquet file"):
        Parquet(tmp_path / "a.parquet", tmp_path).columns()


@pytest.mark.parametrize("wrap", [bytes, lambda image: {"bytes": image, "path": None}])
def test_parquet_may_hold_images(tmp_path: Path, wrap: Any) -> None:
    image = tiny.image(tmp_path / "a.png").read_bytes()
    path = tiny.parquet(tmp_path / "a.parquet", [{"image": wrap(image), "label": "x"}])
    opened = Parquet(path, tmp_path).open(Roles(image="image", label="label"), SINGLE)
    assert opened.rows.inputs(0) == {"image": image}
