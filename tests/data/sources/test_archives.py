"""Archives that are unpacked by rules; hostile ones are in tests/hostile."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from ftcli.data.sources import archives as module
from ftcli.data.sources.archives import unpack_tar, unpack_zip
from ftcli.errors import DataError

FILES = {"a.txt": b"one", "deep/b.txt": b"two"}


def packed(path: Path, files: dict[str, bytes]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize(("name", "unpack"), [("a.zip", unpack_zip), ("a.tar", unpack_tar)])
class TestBoth:
    def test_files_come_out_as_they_went_in(self, tmp_path: Path, name: str, unpack: type) -> None:
        unpack(packed(tmp_path / name, FILES), tmp_path / "out")
        assert {one: (tmp_path / "out" / one).read_bytes() for one in FILES} == FILES

    def test_nothing_is_left_of_a_bad_one(self, tmp_path: Path, name: str, unpack: type) -> None:
        with pytest.raises(DataError, match="leads out of its folder"):
            unpack(packed(tmp_path / name, {**FILES, "../c.txt": b"x"}), tmp_path / "out")
        assert not [one for one in tmp_path.rglob("*") if one.name != name and one.is_file()]

    def test_the_number_of_files_is_limited(
        self, tmp_path: Path, name: str, unpack: type, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MOST_FILES", 1)
        with pytest.raises(DataError, match="is one of more than 1"):
            unpack(packed(tmp_path / name, FILES), tmp_path / "out")
