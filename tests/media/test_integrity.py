"""BrokenFiles images are found by a look at their ends, and whole ones are never called broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.errors import DataError
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import IMAGE_FILES
from ftcli.media.integrity import looks_complete
from tests.tiny import data as tiny

FORMATS = ("jpg", "png", "gif", "webp", "bmp", "tif", "ppm")


@pytest.mark.parametrize("ending", FORMATS)
def test_a_whole_image_needs_no_decoding(tmp_path: Path, ending: str) -> None:
    path = tiny.image(tmp_path / f"a.{ending}")
    assert looks_complete(path)
    assert looks_complete(path.read_bytes())


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_part_of_an_image_is_broken(tmp_path: Path, ending: str, share: float) -> None:
    path = tiny.image(tmp_path / f"a.{ending}")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    broken = BrokenFiles("here", IMAGE_FILES)
    broken.add(path)
    broken.add(path.read_bytes(), "row 7")
    with pytest.raises(
        DataError, match=r"^2 of the 2 images here cannot be used:\n  .*\n  row 7: the image "
    ):
        broken.check()


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_what_follows_an_image_does_no_harm(tmp_path: Path, ending: str) -> None:
    """Cameras append films and editors zeros: such a file is decoded before it is judged."""
    path = tiny.image(tmp_path / f"a.{ending}")
    path.write_bytes(path.read_bytes() + bytes(100))
    assert not looks_complete(path)
    broken = BrokenFiles("here", IMAGE_FILES)
    broken.add(path)
    broken.check()
