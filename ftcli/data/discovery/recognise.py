"""What a path holds, so that `ftcli init PATH` can write its configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import TargetKind
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data import SOURCES
from ftcli.data.discovery.asked import NOTHING, Asked
from ftcli.data.discovery.held_files import held_below, texts_in_classes
from ftcli.data.discovery.named_sounds import names_pattern
from ftcli.data.discovery.recognised import Recognised, opened
from ftcli.data.discovery.table_rows import first_part, siblings, tables_in, train_list
from ftcli.data.discovery.tables import recognised_table
from ftcli.data.discovery.tagged import tagged_columns, tagged_data
from ftcli.data.discovery.text_pairs import parallel_data
from ftcli.data.sources.base import Several
from ftcli.data.sources.folder import Unread, entries, split_files, split_folders
from ftcli.data.sources.plain_text import plain_texts, text_files
from ftcli.data.sources.records import Lines
from ftcli.data.sources.tables import TABLES
from ftcli.data.yolo.settings import YAML_NAMES
from ftcli.errors import DataError, EmptyClassError, command, did_you_mean, listing
from ftcli.registry import part
from ftcli.system.paths import no_such_path

LEVELS = 3  # folders that hold nothing but a folder
MOST_SETS = 20  # folders in a folder that are looked into, each for a data set


def recognise_source(source: str, asked: Asked = NOTHING, names: Iterable[str] = ()) -> Recognised:
    """Recognise what lies at a path, or a data set that is known by its name, which is not opened.

    Raises `DataError` for what is neither, without asking any hub; `names` are what may have been meant beside these.
    """
    path = Path(source).expanduser()
    if path.exists():
        return recognise(path, asked)
    if source in SOURCES:
        found = Recognised(IMAGE, KINDS["single-label"], {"source": source})
        return _checked(found, source, asked)
    if "://" in source:
        raise DataError(f"{source} is an address: download what is there, and name the folder or the file")
    words = no_such_path(path)
    if not words.endswith("?"):
        words += did_you_mean(source, [*SOURCES, *names]) or "; nor is it the name of a known data set"
    if source.count("/") == 1 and not words.endswith("?"):
        words += f". A dataset of Hugging Face is named in a YAML: data: {{source: {source}}}"
    raise DataError(words)


def recognise(path: Path, asked: Asked = NOTHING) -> Recognised:
    """Recognise a folder of images or sounds, a table, tagged words, or a folder of those.

    Raises `DataError` for anything else, and for what is not data for the task that is `asked` for.
    """
    if not path.exists():
        raise DataError(no_such_path(path))
    # `data: mnist` is the known data set: a folder of that name is written as a path.
    path = path.absolute() if str(path) in SOURCES else path
    try:
        found = _recognised(path, asked)
        problem = "" if found.sizes else "; ".join(found.warnings)
    except DataError as error:
        found, problem = None, str(error)
    if problem and (several := _data_sets(path, asked)):
        raise DataError(f"{path} holds several data sets: {listing(several)}. Name one of them")
    if found is None:
        raise DataError(problem)
    return _checked(found, str(path), asked)


def _checked(found: Recognised, name: str, asked: Asked) -> Recognised:
    """The same, if it is what is asked for. Raises `DataError` else."""
    if not asked.allows(found.kind, found.modality):
        wanted = asked.kind or found.kind
        raise DataError(
            f"{name}: data for a task that reads {found.modality.plural} and {found.kind.does}; the one that is "
            f"asked for reads {(asked.modality or found.modality).plural} and {wanted.does}. Without --task the "
            "task is chosen by the data"
        )
    if asked.label is not None and not {"label", "target"} & found.data.keys():
        raise DataError(f"--label: names a column of a table, and {name} has none")
    return found


def _data_sets(path: Path, asked: Asked) -> list[str]:
    """The folders in a folder that are data sets each, and what they hold; none where it is fewer than two."""
    found = []
    # With settings of its own, also wrong ones, a folder is one data set.
    folders, files = entries(path) if path.is_dir() else ([], [])
    alone = not {*YAML_NAMES}.isdisjoint(files)
    for name in () if alone else folders[:MOST_SETS]:
        with suppress(DataError):
            one = _recognised(path / name, asked)
            found += [f"{name} ({one.modality.plural} and {one.kind.plural})"] if one.sizes else []
    return found if len(found) > 1 else []


def _recognised(path: Path, asked: Asked) -> Recognised:
    boxes = asked.allows(KINDS["boxes"]) and (path.is_dir() or _names_boxes(path))
    masks = asked.allows(KINDS["mask"]) and path.is_dir()
    if (boxes or masks) and (found := _annotated(path, asked)) is not None:
        return found
    if (found := _by_its_lines(path, asked)) is not None:
        return found
    if path.is_dir():
        return _folder(path, asked)
    splits = train_list(path) is not None
    data = {"source": str(path)} if splits else {"train": str(path), **siblings(path)}
    return recognised_table(path, data, asked)


def _by_its_lines(path: Path, asked: Asked) -> Recognised | None:
    """Tagged words, two files of lines, or prose; None for anything else."""
    if asked.allows(KINDS["tags"]) and (tagged := tagged_data(path)) is not None:
        return opened(TEXT, KINDS["tags"], tagged)
    if asked.allows(KINDS["text"]) and (lines := parallel_data(path)) is not None:
        return replace(opened(TEXT, KINDS["text"], dict(lines)), task="translation")
    if asked.allows(KINDS["single-label"]) and texts_in_classes(path):
        return opened(TEXT, KINDS["single-label"], {"source": str(path)})
    if asked.allows(KINDS["tokens"]) and _is_prose(path):
        data = {"train": str(path), **siblings(path)} if path.is_file() else {"source": str(path)}
        return opened(TEXT, KINDS["tokens"], data)
    return None


def _folder(path: Path, asked: Asked) -> Recognised:
    """What a folder holds, or the only folder in it."""
    if (found := _annotated_below(path, asked)) is not None:
        return found
    try:
        return _whole_folder(path, asked)
    except DataError:
        folders, _ = entries(path)
        if len(folders) != 1:
            raise
        with suppress(DataError):
            return recognise(path / folders[0], asked)
        raise


def _whole_folder(path: Path, asked: Asked) -> Recognised:
    if (first := first_part(path)) is not None:
        tags, data = tagged_columns(first), {"source": str(path)}
        if tags is None or not asked.allows(KINDS["tags"]):
            return recognised_table(first, data, asked)
        return opened(TEXT, KINDS["tags"], data | tags)
    tables = {} if split_folders(path) or _names_boxes(path) else split_files(path, TABLES)
    if tables:
        return recognised_table(path / tables["train"], {"source": str(path)}, asked)
    if (found := _named_sounds(path)) is not None:
        return found
    tables_here = tables_in(path)
    if not (tables_here or asked.allows(KINDS["single-label"])):
        raise DataError(
            f"{path}: nothing for a task that {(asked.kind or KINDS['single-label']).does} was found in it"
        )
    try:
        found = opened(held_below(path), KINDS["single-label"], {"source": str(path)})
    except DataError as error:
        if (train := split_files(path, TABLES).get("train")) is not None:
            return recognise(path / train, asked)
        if len(tables_here) > 1:
            raise DataError(_which(path, tables_here)) from None
        below = tables_here or [one for name in entries(path)[0] for one in tables_in(path / name)]
        if len(below) != 1:
            if isinstance(error, EmptyClassError):
                data = {"source": str(path)}
                return Recognised(held_below(path), KINDS["single-label"], data, warnings=(str(error),))
            raise
        return recognise(below[0], asked)
    beside = [
        f"beside the class folders, not read: {table}; `{command('init', table)}` reads it"
        for table in tables_here
    ]
    return replace(found, guesses=(*found.guesses, *beside[:3]))


def _which(path: Path, tables: Sequence[Path]) -> str:
    """Words for a folder with several tables, none of which is called train."""
    names = listing([table.name for table in tables], 5)
    return f"{path} has {len(tables)} tables ({names}), and no name says which is for training: name one, {tables[0]}"


def _named_sounds(path: Path) -> Recognised | None:
    """A folder of sounds whose names seem to tell their classes."""
    pattern = names_pattern(path)
    if pattern is None:
        return None
    found = opened(AUDIO, KINDS["single-label"], {"source": str(path), "pattern": pattern})
    guessed = f"{pattern} is a guess of what file names tell: put label where it belongs"
    return replace(found, guesses=(*found.guesses, guessed))


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


def _annotated(path: Path, asked: Asked) -> Recognised | None:
    """Images whose targets are files, in any of the known formats; None for anything else.

    A mistake in boxes or masks that are there is a warning, as it is in a table.
    """
    data, mistakes = {"train" if path.suffix.lower() == ".json" else "source": str(path)}, []
    for kind in (one for one in KINDS.values() if one.dense and asked.allows(one)):
        try:
            return opened(IMAGE, kind, data)
        except DataError as error:
            mistakes.append((kind, str(error)))
    if mistakes and _names_boxes(path):
        kind, mistake = mistakes[0]
        return Recognised(IMAGE, kind, data, warnings=(mistake,))
    there = [(kind, mistake) for kind, mistake in mistakes if path.is_dir() and _has_layout(kind, path)]
    return Recognised(IMAGE, there[-1][0], data, warnings=(there[-1][1],)) if there else None


def _annotated_below(path: Path, asked: Asked) -> Recognised | None:
    """The same in the only folder of a folder, or in the only folder of that."""
    for _ in range(LEVELS):
        folders, _files = entries(path)
        if len(folders) != 1:
            return None
        path = path / folders[0]
        if (found := _annotated(path, asked)) is not None:
            return found
    return None


def _has_layout(kind: TargetKind, path: Path) -> bool:
    """Whether a folder looks like one of targets of a kind, by the names of its folders and files."""
    try:
        return part(kind.opener or "")(path, Data(), Places().under("data", DataError), "source") is not None
    except DataError:
        return False


def _names_boxes(path: Path) -> bool:
    from ftcli.data.annotations.boxes import names_boxes  # imports Pillow, which texts do without

    return names_boxes(path)
