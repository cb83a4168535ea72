"""A labelled split as the configuration says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.class_folders.opener import ClassFolders
from ftcli.data.formats.dialect import Dialect
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.table import Table
from ftcli.data.splitting.reader import SplitReader
from ftcli.errors import DataError
from tests.tiny import data as tiny

ONE = KINDS["single-label"]
WHERE = Places().under("data", DataError)


def test_labels_get_their_names(tmp_path: Path) -> None:
    rows = [{"review": f"text {n}", "stars": str(n % 2)} for n in range(4)]
    opener = Table(tiny.table(tmp_path / "a.csv", rows), Dialect())
    reader = SplitReader(Data(class_names=("bad", "good")), (TEXT,), WHERE)
    roles, notes = reader.roles(opener, ONE)
    assert roles == Roles(text="review", label="stars")
    assert "text from column 'review'" in notes[0]
    assert list(reader.open(opener, roles, ONE).labels) == ["bad", "good", "bad", "good"]


def test_the_columns_of_the_training_split_come_first(tmp_path: Path) -> None:
    rows = [{"text": "a", "title": "b", "label": "x"}]
    opener = Table(tiny.table(tmp_path / "a.csv", rows), Dialect())
    reader = SplitReader(Data(), (TEXT,), WHERE)
    given = Roles(text="title", label="label")
    assert reader.roles(opener, ONE, given)[0] == given


def test_a_folder_without_columns() -> None:
    photos = ClassFolders(Path("photos"))
    assert SplitReader(Data(), (IMAGE,), WHERE).roles(photos, ONE) == (Roles(), ())
    with pytest.raises(DataError, match="holds images, and this task reads sounds"):
        SplitReader(Data(), (AUDIO,), WHERE).roles(photos, ONE)
    sounds = ClassFolders(Path("sounds"), holds=AUDIO)
    with pytest.raises(DataError, match="has no column for the text"):
        SplitReader(Data(), (AUDIO,), WHERE).roles(sounds, KINDS["transcript"])
