"""XML files and images: which belong together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ftcli.data.annotations.voc_files import listed, paired, xml_files
from ftcli.errors import DataError


def write(root: Path, files: Mapping[str, str]) -> tuple[Path, Path]:
    """Images (empty), and XML files that state the name of an image."""
    for name, stated in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"<annotation><filename>{stated}</filename></annotation>")
    return root / "images", root / "xml"


@pytest.mark.parametrize(
    ("files", "xml", "spare"),
    [
        ({"images/0.png": "", "xml/0.xml": "0.jpg"}, {"0.png": "0.xml"}, []),
        ({"images/a/0.png": "", "images/b/0.png": "", "xml/a/0.xml": "", "xml/b/0.XML": ""},
         {"a/0.png": "a/0.xml", "b/0.png": "b/0.XML"}, []),
        ({"images/a/0.png": "", "images/b/1.png": "", "xml/0.xml": "", "xml/1.xml": ""},
         {"a/0.png": "0.xml", "b/1.png": "1.xml"}, []),
        ({"images/IMG_0.JPG": "", "xml/img_0.xml": ""}, {"IMG_0.JPG": "img_0.xml"}, []),
        ({"images/a.png": "", "images/A.png": "", "xml/a.xml": "", "xml/A.xml": ""},
         {"a.png": "a.xml", "A.png": "A.xml"}, []),
        ({"images/0.png": "", "xml/part/0.xml": ""}, {"0.png": "part/0.xml"}, []),
        ({"images/photo.png": "", "xml/0.xml": "C:\\me\\photo.jpg"}, {"photo.png": "0.xml"}, []),
        ({"images/a/0.png": "", "images/b/0.png": "", "xml/0.xml": ""}, {"0": "0.xml"}, ["0"]),
        ({"images/0.png": "", "xml/0.xml": "", "xml/gone.xml": "other.jpg"}, {"0.png": "0.xml", "gone.jpg": "gone.xml"},
         ["gone.jpg"]),
        ({"images/0.png": "", "images/1.png": "", "xml/2.xml": "x.png", "xml/3.xml": "x.png"},
         {"2.png": "2.xml", "3.png": "3.xml"}, ["2.png", "3.png"]),
    ],
)  # fmt: skip
def test_files_that_belong_together(
    tmp_path: Path, files: Mapping[str, str], xml: Mapping[str, str], spare: list[str]
) -> None:
    found = paired(*write(tmp_path, files))
    assert found.xml == xml
    assert found.spare == spare
    assert sorted(found.images) == sorted(name[7:] for name in files if name.startswith("images/"))


def test_lists_of_images(tmp_path: Path) -> None:
    file, images = tmp_path / "train.txt", tmp_path / "images"
    write(tmp_path, {"images/0.png": "", "images/1.png": ""})
    file.write_text("0\n\n1.jpg  1\n9\n0\n")
    assert listed(file, images) == {"0.png": [1, 5], "1.png": [3], "9": [4]}
    write(tmp_path, {"images/b/0.png": "", "images/b/2.png": ""})
    file.write_text("b/0\n0.png\n/elsewhere/2.png\nb/2.png\n")
    assert listed(file, images) == {"b/0.png": [1], "0.png": [2], "b/2.png": [3, 4]}
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"train.txt cannot be read as a list of images"):
        listed(file, images)


def test_xml_files_below(tmp_path: Path) -> None:
    write(tmp_path, {"b/1.xml": "", "0.XML": "", "b/c/2.xml": "", "x.txt": ""})
    assert list(xml_files(tmp_path)) == ["0.XML", "b/1.xml", "b/c/2.xml"]
