"""Only regular files are read, and only so much of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ftcli.system.bounded import UnreadableError, read_bytes, read_json


def test_a_link_is_followed_only_where_that_is_asked(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"x": 1}')
    (tmp_path / "link").symlink_to("a.json")
    assert read_json(tmp_path / "link") == {"x": 1}
    with pytest.raises(UnreadableError, match="link: is a link, which is not followed"):
        read_bytes(tmp_path / "link", 10)
    with pytest.raises(UnreadableError, match="more than the"):
        read_json(tmp_path / "link", 7)


def test_neither_pipes_nor_devices_nor_folders_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "zeros", "folder"):
        with pytest.raises(UnreadableError, match=f"{name}: is not a file"):
            read_json(tmp_path / name)
