"""What every source offers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.contracts.modalities import AUDIO, IMAGE
from ftcli.data.class_folders.opener import ClassFolders
from ftcli.data.sources.base import Several, Single, check_holds
from ftcli.errors import DataError


def test_a_source_holds_what_the_task_reads() -> None:
    photos = ClassFolders(Path("photos"))
    check_holds(photos, IMAGE)
    with pytest.raises(DataError, match="holds images, and this task reads sounds"):
        check_holds(photos, AUDIO)


def test_families() -> None:
    one = Single(ClassFolders(Path("photos")))
    assert (one.name, one.names(), dict(one.usual)) == ("photos", ("train",), {"train": "train"})
    assert one.split("train") is one.opener
    several = Several("x", {"train": "a", "val": "b"}, lambda name: ClassFolders(Path(name)), ("extra",))
    assert several.names() == ("a", "b", "extra")
    assert several.split("b").name == "b"
