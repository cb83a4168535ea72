"""What the files in folders are, by their names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from ftcli.contracts import Modality
from ftcli.contracts.modalities import IMAGE, MODALITIES
from ftcli.data.sources.folder import entries, split_folders
from ftcli.data.sources.plain_text import ENDING
from ftcli.media.formats import TEXT_FILES, media_of

FILE_MODALITIES = tuple(one for one in MODALITIES.values() if one.in_files)


def held_below(folder: Path) -> Modality:
    """What the first file of a known kind below a folder is."""
    return next(_kinds(folder), IMAGE)


def _kinds(folder: Path) -> Iterator[Modality]:
    """Of each file in a folder and below that is of a known kind."""
    folders, files = entries(folder)
    for name, modality in product(files, FILE_MODALITIES):
        if media_of(modality).named(name):
            yield modality
    for name in folders:
        if not (folder / name).is_symlink():
            yield from _kinds(folder / name)


def texts_in_classes(path: Path) -> bool:
    """Whether a folder has texts in a folder for each class, several in each."""
    if not path.is_dir():
        return False
    top = path / split_folders(path).get("train", "")
    folders, files = entries(top)
    texts = [sum(map(TEXT_FILES.named, entries(top / name)[1])) for name in folders]
    # Beside them may lie a list or two, as in aclImdb/train.
    return len(folders) > 1 and min(texts) > sum(name.endswith(ENDING) for name in files) + 1
