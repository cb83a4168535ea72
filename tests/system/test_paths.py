"""Words for paths that are not there, and what is not a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ftcli.errors import DataError
from ftcli.system.paths import check_readable, no_such_path


def test_a_missing_path_is_named_whole_with_what_is_near(tmp_path: Path) -> None:
    (tmp_path / "train.csv").touch()
    (tmp_path / ".hidden").touch()
    words = no_such_path(tmp_path / "trian.csv")
    assert words == f"no such file or folder: {tmp_path}/trian.csv. Did you mean 'train.csv'?"
    assert no_such_path(tmp_path / "x") == f"no such file or folder: {tmp_path}/x. Beside it: train.csv"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    words = f"no such file or folder: {tmp_path}/fotos/2020/x (there is no folder {tmp_path}/fotos)"
    assert no_such_path(tmp_path / "fotos/2020/x") == words
    (tmp_path / "photos").mkdir()
    assert no_such_path(tmp_path / "fotos/2020/x") == f"{words}. Did you mean 'photos'?"


def test_pipes_are_refused_and_files_and_missing_paths_are_not(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe or a device"):
        check_readable(tmp_path / "pipe")
    check_readable(tmp_path)
    check_readable(tmp_path / "nothing")
