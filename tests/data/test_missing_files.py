"""Names of files that were not there, once a table was read."""

from __future__ import annotations

from pathlib import Path

from ftcli.contracts.modalities import IMAGE
from ftcli.data.missing_files import MissingFiles
from ftcli.data.unlabelled import GivenFiles
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import IMAGE_FILES
from tests.tiny import data as tiny


def settled(tmp_path: Path, *names: str) -> tuple[list[Path], tuple[str, ...], BrokenFiles]:
    """All but the first name are missing."""
    broken = BrokenFiles("in a.csv", IMAGE_FILES)
    missing = MissingFiles(tmp_path, IMAGE, "photo", lambda position: f"a.csv:{position}")
    broken.add(tiny.image(tmp_path / names[0]))
    missing.exists(str(tmp_path / names[0]))
    for row, name in enumerate(names[1:], start=1):
        missing.add(row, name, row + 2)
        broken.missing(f"a.csv:{row + 2}: {name} does not exist")
    rows, notes = missing.settled(GivenFiles(names, IMAGE, "a.csv"), broken)
    return [rows.inputs(index)["image"] for index in range(len(rows))], notes, broken


def test_a_found_file_is_not_missing(tmp_path: Path) -> None:
    tiny.image(tmp_path / "b.png")
    files, notes, broken = settled(tmp_path, "a.png", "b", "c")
    assert files == [Path("a.png"), tmp_path / "b.png", Path("c")]
    assert notes == (
        "a.csv: 1 of the 3 images are found otherwise than written (data.image, data.root), "
        "with an ending added (1): b is b.png",
    )
    assert broken.found == {2: "a.csv:4: c does not exist"}
    assert broken.hint == f". Paths are relative to {tmp_path}; data.root is for another folder"


def test_a_reason_is_added(tmp_path: Path) -> None:
    assert settled(tmp_path, "a.png", "a.jpg")[2].found == {
        1: "a.csv:3: a.jpg does not exist: there is a.png"
    }


def test_a_found_file_may_be_broken(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"x")
    broken = settled(tmp_path, "a.png", "b")[2]
    assert broken.found[1].startswith("a.csv:3: ")
    assert "does not exist" not in broken.found[1]
