"""A Hugging Face dataset by its id, through the optional package `datasets`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ftcli.config.schema import Data
from ftcli.contracts import Modality
from ftcli.data.formats.arrow_types import inner_names
from ftcli.data.formats.class_labels import NamedCells, class_labels
from ftcli.data.formats.fields import Path as FieldPath
from ftcli.data.formats.fields import inner_paths, outer, path_of, with_fields
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles, read_keys
from ftcli.data.sources.rows import ColumnRows
from ftcli.data.sources.scan import OtherColumns, Scan, needed_columns
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from ftcli.system.extras import check_extra
from ftcli.system.offline import is_offline, reach

_BATCH = 1024
_USUAL = {"train": ("train",), "val": ("validation", "valid", "val", "dev"), "test": ("test",)}


@dataclass(frozen=True, slots=True)
class HubFamily:
    """The splits of one dataset on the Hugging Face Hub."""

    name: str
    subset: str | None
    cache: str | None
    download: bool
    place: str = ""  # of the key that names it, and what to add to the message when there is no such dataset
    hint: str = ""
    numbered: bool = False

    @property
    def usual(self) -> Mapping[str, str]:
        has = self.names()
        named = {role: next((name for name in names if name in has), None) for role, names in _USUAL.items()}
        return {role: name for role, name in named.items() if name is not None}

    def names(self) -> tuple[str, ...]:
        return tuple(_load(self))

    def split(self, name: str) -> HubSplit:
        return HubSplit(f"{self.name} ({name})", _load(self)[name], self.numbered)


def hub(name: str, data: Data, place: str, hint: str) -> HubFamily:
    """The dataset that a configuration names."""
    numbered = data.class_names is not None
    return HubFamily(name, data.subset, data.root, data.download, place, hint, numbered)


@lru_cache(maxsize=2)
def _load(family: HubFamily) -> Mapping[str, Any]:
    """All splits, downloaded if need be and memory-mapped. Raises `DataError`, `InstallationError`."""
    blame = f"{family.place}: " if family.place else ""
    blame += f"{family.hint}{'' if family.hint.endswith('?') else '.'} " if family.hint else ""
    check_extra("datasets", "datasets", f"{blame}{family.name!r} as a Hugging Face dataset")
    if (problem := unreachable(family)) is not None:
        raise DataError(f"{blame}As a Hugging Face dataset: {problem}")
    import datasets

    download = family.download and not is_offline()
    limits = datasets.DownloadConfig(local_files_only=not download)
    try:
        with _cache_alone(datasets, download):
            found = datasets.load_dataset(
                family.name, family.subset, cache_dir=family.cache, download_config=limits
            )
    except Exception as error:  # the package raises what its many parts raise
        first = str(error).strip().splitlines()[:1]
        where = family.cache or os.environ.get("HF_DATASETS_CACHE") or str(datasets.config.HF_DATASETS_CACHE)
        raise DataError(
            f"{blame}The Hugging Face dataset {family.name!r} cannot be loaded: {type(error).__name__}: "
            f"{''.join(first)} (kept in {where})"
        ) from error
    return dict(found)


def unreachable(family: HubFamily) -> str | None:
    """Why a dataset that is not on this machine cannot be downloaded, without the package; None for others."""
    from huggingface_hub import constants

    folders = [Path(constants.HF_HUB_CACHE) / f"datasets--{family.name.replace('/', '--')}"]
    caches = (family.cache, os.environ.get("HF_DATASETS_CACHE"), Path(constants.HF_HOME) / "datasets")
    folders += [Path(one).expanduser() / family.name.replace("/", "___") for one in caches if one is not None]
    if any(folder.is_dir() for folder in folders):
        return None
    if not family.download:
        return "not on this machine, and data.download is false"
    try:
        reach(constants.ENDPOINT)
    except OSError as error:
        return f"not on this machine, and {constants.ENDPOINT} cannot be reached ({error})"
    return None


@contextmanager
def _cache_alone(datasets: Any, download: bool) -> Iterator[None]:
    """Only what was downloaded before, where nothing may or can be: the package would try again for half a minute."""
    before = datasets.config.HF_HUB_OFFLINE
    try:
        if download and not before:
            reach(datasets.config.HF_ENDPOINT)
    except OSError:
        download = False
    datasets.config.HF_HUB_OFFLINE = before or not download
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE = before


@dataclass(frozen=True, slots=True)
class HubSplit:
    """One split of a Hugging Face dataset."""

    name: str
    dataset: Any
    numbered: bool = False  # whether classes stay numbers, as the user names them
    what: str = "a Hugging Face dataset"
    holds: None = None

    def reads(self, files: Modality) -> frozenset[str]:
        return read_keys(files) | {"subset", "root", "download"}

    def columns(self) -> tuple[str, ...]:
        return tuple(self.dataset.column_names)

    def fields(self) -> tuple[str, ...]:
        """The dotted names of what lies within the columns."""
        return inner_names(self.dataset.features.arrow_schema)

    def open(self, roles: Roles, reading: Reading) -> Opened:
        columns, wanted = self.columns(), needed_columns(roles, reading)
        paths, read = inner_paths(wanted, columns), outer(wanted, columns)
        scan = Scan(self.name, roles, reading, Path(), self._place, width=len(columns))
        names = None
        label = roles.label if isinstance(roles.label, str) else None
        if label is not None and "classes" in reading.kind.keys and not self.numbered:
            names = class_labels(self.dataset.features.to_dict(), path_of(label, columns))
        cells = NamedCells(paths, names, label, self._place)
        others = OtherColumns(columns, read, self._rows)
        for position, row in enumerate(self._rows(read), start=1):
            scan.row(cells.of(row, position), position, others.are_empty)
        again = _undecoded(self.dataset.select_columns(outer(roles.read_again(), columns)))
        return scan.opened(HubRows(self.name, again, roles, paths))

    def _rows(self, columns: list[str]) -> Iterator[dict[str, Any]]:
        dataset = _undecoded(self.dataset.select_columns(columns))
        for batch in dataset.with_format("arrow").iter(batch_size=_BATCH):
            yield from batch.to_pylist()

    def _place(self, row: int) -> str:
        return f"{self.name}: row {row}"


def _undecoded(dataset: Any) -> Any:
    """The same with images and sounds as they are stored, so that decoding is ours."""
    from datasets import Audio, Image

    for column, feature in dataset.features.items():
        if isinstance(feature, Audio | Image):
            dataset = dataset.cast_column(column, type(feature)(decode=False))
    return dataset


@dataclass(frozen=True, slots=True)
class HubRows(ColumnRows):
    """The rows of a Hugging Face dataset, which is memory-mapped."""

    name: str
    dataset: Any
    roles: Roles
    paths: Mapping[str, FieldPath]

    def __len__(self) -> int:
        return len(self.dataset)

    @property
    def root(self) -> Path:
        return Path()

    def cells(self, index: int) -> Mapping[str, Any]:
        """The cells of one row that are inputs or kept."""
        return with_fields(self.dataset[index], self.paths)
