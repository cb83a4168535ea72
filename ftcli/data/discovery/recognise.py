"""What a path holds, so that `ftcli init PATH` can write its configuration."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import TargetKind
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.discovery.held_files import held_below, texts_in_classes
from ftcli.data.discovery.named_sounds import names_pattern
from ftcli.data.discovery.recognised import Recognised, opened
from ftcli.data.discovery.tables import recognised_table
from ftcli.data.discovery.tagged import tagged_columns, tagged_data
from ftcli.data.discovery.text_pairs import parallel_data
from ftcli.data.parts import Parts
from ftcli.data.sources.base import Opener, Several
from ftcli.data.sources.folder import Unread, entries, split_files, split_folders
from ftcli.data.sources.plain_text import plain_texts, text_files
from ftcli.data.sources.records import Lines, ending
from ftcli.data.sources.tables import TABLES, table
from ftcli.data.table_folders import hub_folder
from ftcli.errors import DataError
from ftcli.registry import part
from ftcli.system.paths import no_such_path


def recognise(path: Path) -> Recognised:
    """Recognise a folder of images or sounds, a table, tagged words, or a folder of those.

    Raises `DataError` for anything else.
    """
    if not path.exists():
        raise DataError(no_such_path(path))
    if (path.is_dir() or _names_boxes(path)) and (found := _annotated(path)) is not None:
        return found
    if (found := _by_its_lines(path)) is not None:
        return found
    return _folder(path) if path.is_dir() else recognised_table(path, {"train": str(path), **_siblings(path)})


def _by_its_lines(path: Path) -> Recognised | None:
    """Tagged words, two files of lines, or prose; None for anything else."""
    if (tagged := tagged_data(path)) is not None:
        return opened(TEXT, KINDS["tags"], tagged)
    if (lines := parallel_data(path)) is not None:
        return replace(opened(TEXT, KINDS["text"], dict(lines)), task="translation")
    if texts_in_classes(path):
        return opened(TEXT, KINDS["single-label"], {"source": str(path)})
    if _is_prose(path):
        data = {"train": str(path), **_siblings(path)} if path.is_file() else {"source": str(path)}
        return opened(TEXT, KINDS["tokens"], data)
    return None


def _folder(path: Path) -> Recognised:
    """What a folder holds, or the only folder in it."""
    try:
        return _whole_folder(path)
    except DataError:
        folders, _ = entries(path)
        if len(folders) != 1:
            raise
        with suppress(DataError):
            return recognise(path / folders[0])
        raise


def _whole_folder(path: Path) -> Recognised:
    if (hub := hub_folder(path, None, _plain_table)) is not None:
        return _hub(path, hub)
    tables = {} if split_folders(path) or _names_boxes(path) else split_files(path, TABLES)
    if tables:
        return recognised_table(path / tables["train"], {"source": str(path)})
    if (found := _named_sounds(path)) is not None:
        return found
    try:
        return opened(held_below(path), KINDS["single-label"], {"source": str(path)})
    except DataError:
        if (table := _only_table(path)) is None:
            raise
        return recognised_table(table, {"train": str(table)})


def _only_table(folder: Path) -> Path | None:
    """The table beside the images or sounds of a folder, if there is one."""
    tables = [name for name in entries(folder)[1] if ending(Path(name)) in {*TABLES} - {".txt"}]
    return folder / tables[0] if len(tables) == 1 else None


def _hub(path: Path, family: Several) -> Recognised:
    """A data set as it is on the Hugging Face hub, by the first file for training."""
    train = family.split(family.usual["train"])
    assert isinstance(train, Parts)
    first, data = Path(train.openers[0].name), {"source": str(path)}
    if (tags := tagged_columns(first)) is not None:
        return opened(TEXT, KINDS["tags"], data | tags)
    return recognised_table(first, data)


def _plain_table(path: Path) -> Opener:
    return table(path, Data(), Places().under("data", DataError), "source")


def _named_sounds(path: Path) -> Recognised | None:
    """A folder of sounds whose names seem to tell their classes."""
    pattern = names_pattern(path)
    if pattern is None:
        return None
    found = opened(AUDIO, KINDS["single-label"], {"source": str(path), "pattern": pattern})
    guessed = f"{pattern} is a guess of what file names tell: put label where it belongs"
    return replace(found, warnings=(*found.warnings, guessed))


def _is_prose(path: Path) -> bool:
    """Whether a file or folder holds plain texts, and not a table with that ending."""
    family = plain_texts(path, Data(), Places().under("data", DataError), "source")
    unread = Unread()
    if family is None or (path.is_dir() and len(list(text_files(path, "", unread))) <= unread.others.total()):
        return False
    if isinstance(family, Several):
        path = path / family.usual["train"]
    return path.is_dir() or not _is_ruled(path)


def _is_ruled(path: Path) -> bool:
    """Whether every line is parted in as many columns, by one mark."""
    with Lines(path) as lines:
        filled = [line for line in islice(lines, 1000) if line.strip()]
    counts = ({line.count(mark) for line in filled} for mark in "\t;|,")
    return any(len(found) == 1 and found != {0} for found in counts)


def _annotated(path: Path) -> Recognised | None:
    """Images whose targets are files, in any of the known formats; None for anything else.

    A mistake in boxes or masks that are there is a warning, as it is in a table.
    """
    data, mistakes = {"train" if path.suffix.lower() == ".json" else "source": str(path)}, []
    for kind in (one for one in KINDS.values() if one.dense):
        try:
            return opened(IMAGE, kind, data)
        except DataError as error:
            mistakes.append((kind, str(error)))
    if _names_boxes(path):
        kind, mistake = mistakes[0]
        return Recognised(IMAGE, kind, data, warnings=(mistake,))
    there = [(kind, mistake) for kind, mistake in mistakes if path.is_dir() and _has_layout(kind, path)]
    return Recognised(IMAGE, there[-1][0], data, warnings=(there[-1][1],)) if there else None


def _has_layout(kind: TargetKind, path: Path) -> bool:
    """Whether a folder looks like one of targets of a kind, by the names of its folders and files."""
    try:
        return part(kind.opener or "")(path, Data(), Places().under("data", DataError), "source") is not None
    except DataError:
        return False


def _names_boxes(path: Path) -> bool:
    from ftcli.data.annotations.boxes import names_boxes  # imports Pillow, which texts do without

    return names_boxes(path)


def _siblings(path: Path) -> dict[str, str]:
    """The validation and test tables beside a table that is called train."""
    splits = split_files(path.parent, TABLES)
    if splits.get("train") != path.name:
        return {}
    return {split: str(path.parent / name) for split, name in splits.items() if split != "train"}
