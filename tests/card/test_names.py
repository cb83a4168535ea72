"""Folders of a machine are taken out of what others read."""

from __future__ import annotations

import pytest

from ftcli.card.names import Names, is_absolute, last_name

NAMES = Names(["/home/Jo Doe/data/photos", "C:\\Users\\Jo Doe\\x.csv", "relative/kept"])


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("source: /home/Jo Doe/data/photos", "source: photos"),
        ("in '/home/Jo Doe/data/other b.csv' row 3", "in 'other b.csv' row 3"),
        ("see C:\\Users\\Jo Doe\\y.csv", "see y.csv"),
        ("/srv/x/0_g.wav, /srv/b.wav", "0_g.wav, b.wav"),
        ("a=/etc/passwd (/tmp/x) [/tmp/y, /tmp/z]", "a=passwd (x) [y, z]"),
        ("~/x/y and and/or 1/2", "y and and/or 1/2"),
        ("https://me:secret@x.com/a/b", "https://x.com/a/b"),
        ("relative/kept", "relative/kept"),
        ("\\\\server\\share\\x.csv", "x.csv"),
        ("file:///home/a/b", "file://a/b"),
    ],
)
def test_of_a_path_its_last_name_is_shown(given: str, shown: str) -> None:
    assert NAMES.of(given) == shown


def test_a_value_that_is_a_path() -> None:
    assert last_name("/home/Jo Doe/photos/") == "photos"
    assert last_name("D:/x/weights.pth") == "weights.pth"
    assert last_name("torchvision/resnet50") == "torchvision/resnet50"
    assert last_name("~/a") == "a"
    assert not is_absolute("org/name")
    assert Names([]).of("a /b/c") == "a c"
