"""Files as pictures, without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ftcli.errors import DataError
from ftcli.media.pictures import picture
from tests.tiny import data as tiny


def test_a_picture_is_upright_and_has_three_colours(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    Image.new("L", (40, 20), 90).save(tmp_path / "a.jpg", exif=tags)
    found = picture(tmp_path / "a.jpg")
    assert (found.mode, found.size) == ("RGB", (20, 40))


def test_a_smaller_scale_is_asked_for_before_pixels_are_decoded(tmp_path: Path) -> None:
    tiny.image(tmp_path / "a.jpg", size=(640, 480))
    assert picture(tmp_path / "a.jpg", lambda opened: opened.draft(None, (80, 60))).size == (80, 60)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(tiny.image(tmp_path / "b.jpg").read_bytes()[:300])
    with pytest.raises(DataError, match=r"a\.jpg cannot be decoded"):
        picture(tmp_path / "a.jpg")


def test_no_torch_is_imported() -> None:
    code = "import sys, ftcli.media.pictures; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
