"""The splits of YOLO data sets by the folders that they are in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ftcli.data.names.split_names import role_of
from ftcli.data.sources.folder import entries
from ftcli.data.yolo.images import IMAGES, LABELS, LabelFiles, Pictures
from ftcli.data.yolo.settings import Settings
from ftcli.errors import DataError, listing
from ftcli.media.formats import IMAGE_FILES

WHOLE = "all images"  # the name of a split that is all there is at a path, whatever the path is called


@dataclass(slots=True)
class Splits:
    """The splits with labels, and notes on images that are in none."""

    found: dict[str, Pictures] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def splits_in(settings: Settings, folder: Path) -> Splits:
    """The splits in a folder, by the first way that has a training split: folders of splits, those in `images`,
    `images`, or the folder itself and all below.

    Raises `DataError` where the latter are images of several splits.
    """
    ways = [_by_role(settings, folder)]
    for images in (folder / name for name in entries(folder)[0] if name.lower() in IMAGES):
        ways += [_by_role(settings, images), {WHOLE: Pictures(settings, (images,))}]
    beside = Splits()
    for splits in ways:
        labelled = {name: one for name, one in splits.items() if _is_labelled(one)}
        notes = list(_left_out(splits, labelled)) if labelled else []
        beside = Splits(beside.found | labelled, beside.notes + notes)
        if WHOLE in labelled:
            return _with_others(beside)
        if any(role_of(name) == "train" for name in labelled):
            return beside
    whole = Pictures(settings, (folder,))
    if beside.found or not _is_labelled(whole):
        return beside
    _check_whole(whole)
    return Splits({WHOLE: whole})


def _with_others(splits: Splits) -> Splits:
    """All of `images` is the training split where others have folders of their own, but not where these are in it."""
    whole, others = splits.found[WHOLE], {name: one for name, one in splits.found.items() if name != WHOLE}
    if any(one.base.is_relative_to(whole.base) for one in others.values()):
        return Splits(others, splits.notes)
    _check_whole(whole)
    return Splits({"train": whole, **others} if others else {WHOLE: whole}, splits.notes)


def _check_whole(pictures: Pictures) -> None:
    """Raise `DataError` for images in folders of several splits."""
    above = {PurePath(name).parent for name in pictures.names()}
    splits = {role_of(part): folder for folder in sorted(above) for part in folder.parts if role_of(part)}
    if len(splits) > 1:
        shown = listing(splits.values(), 3)
        raise DataError(
            f"{pictures.name}: its images lie in folders of several splits ({shown}): give the folder that holds these"
        )


def _by_role(settings: Settings, folder: Path) -> dict[str, Pictures]:
    """The folders that are called like a split, as train, valid or obj_train_data, and others beside them."""
    found: dict[str, Pictures] = {}
    names = {name: split_name(name) for name in entries(folder)[0]}
    for name, role in names.items() if any(names.values()) else ():
        inside = folder / name / "images"
        if role is not None or name.lower() not in (*IMAGES, *LABELS):
            found[role or name] = Pictures(settings, (inside if inside.is_dir() else folder / name,))
    return found


def split_name(name: str) -> str | None:
    """The name of the split that a folder is called by: its own, but for those of CVAT."""
    if role_of(name) is not None:
        return name
    return role_of(name.lower().removeprefix("obj_").removesuffix("_data"))


def _is_labelled(pictures: Pictures) -> bool:
    files = LabelFiles()
    return any(files.of(pictures.base / name) is not None for name in pictures.names())


def _left_out(splits: Mapping[str, Pictures], labelled: Mapping[str, Pictures]) -> Iterator[str]:
    """Notes on images that are in no split."""
    for name, pictures in splits.items():
        is_meant = role_of(name) is not None or pictures.base.parent.name.lower() in IMAGES
        if name not in labelled and is_meant and (count := sum(1 for _ in pictures.names())):
            yield f"{pictures.name}: none of its {count:,} images has a file of labels, so this split is not read"
    above = {pictures.base.parent for pictures in labelled.values()} if len(splits) > 1 else ()
    for folder in above:
        if strays := [name for name in entries(folder)[1] if IMAGE_FILES.named(name)]:
            yield f"{folder}: images beside the folders of splits, not read: {len(strays):,}, the first is {strays[0]}"
