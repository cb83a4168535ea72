"""Folders of files without labels."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.schema import Data
from ftcli.contracts import Example, Split, Target
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import open_split, open_splits
from tests.tiny import data as tiny


def every(split: Split) -> list[Example]:
    return [split[index] for index in range(len(split))]


def test_a_folder_of_images_needs_no_class_folders_where_nothing_is_labelled(tmp_path: Path) -> None:
    for name in ("a.png", "deep/er/b.png", "c.png", "d.png", "e.png"):
        tiny.image(tmp_path / name)
    (tmp_path / "notes.md").write_text("x")
    splits = open_splits(
        Data(source=str(tmp_path), val=0.4), inputs=(IMAGE,), wants="none", seed=0, places={}
    )
    assert splits.val is not None
    found = [example for split in (splits.train, splits.val) for example in every(split)]
    assert sorted(one.id for one in found) == ["a.png", "c.png", "d.png", "deep/er/b.png", "e.png"]
    assert {one.target for one in found} == {None}
    assert splits.target == Target("none", examples=3)
    assert any("files that are not images were not read: .md (1)" in note for note in splits.notes)
    split = open_split(Data(), str(tmp_path), inputs=(IMAGE,), wants="none", target=splits.target, places={})
    assert (len(split), split[0].target) == (5, None)
