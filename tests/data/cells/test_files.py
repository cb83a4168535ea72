"""Files in cells."""

from __future__ import annotations

from pathlib import Path

from ftcli.data.cells.files import file_of, stored


def test_a_path_or_its_bytes() -> None:
    assert file_of("a.png", Path("/b")) == Path("/b/a.png")
    assert file_of({"bytes": None, "path": "a.png"}, Path("/b")) == Path("/b/a.png")
    assert file_of({"bytes": b"x", "path": "a.png"}, Path("/b")) == b"x"
    assert stored({"array": [0.0, 0.5], "sampling_rate": 8000})[:4] == b"RIFF"
