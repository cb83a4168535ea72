"""Archives that lead out of their folder, or hold more than there is room for, where a data set is downloaded to."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftcli.data.sources.archives import unpack_zip
from ftcli.errors import DataError
from tests.hostile.case import Hostile, each
from tests.hostile.room import Room

ARCHIVE = "fgvc-aircraft-2013b.tar.gz"  # of which torchvision knows no checksum
INSIDE = "fgvc-aircraft-2013b"
YAML = """\
task: image-classification
data: {source: fgvc-aircraft, root: known}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {device: cpu}
"""
Member = tuple[str, dict[str, Any], bytes]


def file(name: str, content: bytes = b"pwned", **fields: Any) -> Member:
    return name, fields, content


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Member:
    return name, {"type": kind, "linkname": target}, b""


def tar(folder: Path, *members: Member) -> Path:
    """An archive beside nothing else, in `folder`."""
    folder.mkdir()
    with tarfile.open(folder / ARCHIVE, "w:gz") as archive:
        for name, fields, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for field, value in fields.items():
                setattr(member, field, value)
            archive.addfile(member, io.BytesIO(content))
    return folder / ARCHIVE


def planted(name: str, *members: Member, **options: Any) -> Hostile:
    """An archive that somebody has put where torchvision would download its own to."""

    def make(folder: Path) -> None:
        (folder / "planes.yaml").write_text(YAML)
        tar(folder / "known", *members)

    return Hostile(name, make, ("train", "planes.yaml", "--dry-run"), (ARCHIVE,), **options)


TARS = [
    planted("parent", file("../../../canary")),
    planted("parent-within", file(f"{INSIDE}/../../../../canary")),
    planted("absolute", file("/tmp/ftcli-canary")),
    planted("backslash", file("..\\..\\canary")),
    planted("drive", file("c:canary")),
    planted("link", link(INSIDE, "/")),
    planted("link-then-file", link("x", "../../.."), file("x/canary")),
    planted("hard-link", link("x", "/etc/passwd", tarfile.LNKTYPE)),
    planted("device", link("x", "", tarfile.CHRTYPE)),
    planted("pipe", link("x", "", tarfile.FIFOTYPE)),
    planted("set-uid-of-a-link", link("x", "../../honest", tarfile.SYMTYPE), file("x", mode=0o4777)),
    planted("bomb", file(f"{INSIDE}/data/images/a.jpg", bytes(150_000_000))),
    planted("empty-name", file(".", b"x")),
]


@each(TARS)
def test_a_tar_file(case: Hostile, opened: Callable[[Hostile], object], tmp_path: Path) -> None:
    opened(case)
    left = {path.name for path in (tmp_path / "work/known").rglob("*")}
    assert left == {ARCHIVE}


def test_a_cut_off_tar_file(opened: Callable[[Hostile], object]) -> None:
    case = planted("cut-off", file(f"{INSIDE}/a", bytes(range(256)) * 999))

    def make(folder: Path) -> None:
        case.make(folder)
        path = folder / "known" / ARCHIVE
        path.write_bytes(path.read_bytes()[:-50])

    opened(Hostile("cut-off", make, case.command, case.said))


def test_a_careless_program_would_write_outside(room: Room, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    tar(tmp_path / "work/known", file("../../canary"))
    code = f"import torchvision.datasets.utils as u; u.extract_archive('known/{ARCHIVE}', 'known')"
    deeds = room.unsafe(tmp_path / "work", code).deeds
    assert [deed for deed in deeds if deed.startswith("wrote to")], deeds


def zipped(path: Path, *members: tuple[str, int, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, mode, content in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


@pytest.mark.parametrize(
    "member",
    [
        ("../canary", 0, b"x"),
        ("a/../../canary", 0, b"x"),
        ("/canary", 0, b"x"),
        ("..\\canary", 0, b"x"),
        ("link", stat.S_IFLNK | 0o777, b"/etc"),
        ("pipe", stat.S_IFIFO | 0o666, b""),
        ("bomb", 0, bytes(150_000_000)),
    ],
    ids=lambda member: member[0],
)
def test_a_zip_file(member: tuple[str, int, bytes], tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("good.txt", 0, b"good"), member)
    with pytest.raises(DataError, match=r"a\.zip: .*Remove it"):
        unpack_zip(path, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out"]


def test_an_honest_archive_is_unpacked(tmp_path: Path) -> None:
    """Into a folder that has something already; of two files with one name the second counts."""
    from torchvision.datasets.utils import extract_archive

    from ftcli.data.sources.archives import torchvision_by_rules

    folder = tmp_path / "known"
    archive = tar(folder, file("a/b/one.txt", b"1"), file("a/two.txt", b"2"), file("a/two.txt", b"3"))
    (folder / "a").mkdir()
    (folder / "a/two.txt").write_bytes(b"old")
    with torchvision_by_rules():
        extract_archive(str(archive), str(folder))
    names = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.txt")}
    assert names == {"a/b/one.txt": b"1", "a/two.txt": b"3"}
