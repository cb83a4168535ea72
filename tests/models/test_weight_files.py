"""Names of files of weights."""

from __future__ import annotations

from pathlib import Path

from ftcli.models.weight_files import no_such_file


def test_a_missing_file_is_named_with_what_is_near(tmp_path: Path) -> None:
    for name in ("w2.pth", "notes.txt"):
        (tmp_path / name).touch()
    words = f"{tmp_path}/w.pth: no such file. Did you mean 'w2.pth'? Weights in {tmp_path}: w2.pth"
    assert no_such_file(tmp_path / "w.pth") == words
