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
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles, read_keys
from ftcli.data.sources.rows import ColumnRows
from ftcli.data.sources.scan import Scan, needed_columns
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

    @property
    def usual(self) -> Mapping[str, str]:
        has = self.names()
        named = {role: next((name for name in names if name in has), None) for role, names in _USUAL.items()}
        return {role: name for role, name in named.items() if name is not None}

    def names(self) -> tuple[str, ...]:
        return tuple(_load(self))

    def split(self, name: str) -> HubSplit:
        return HubSplit(f"{self.name} ({name})", _load(self)[name])


def hub(name: str, data: Data, place: str, hint: str) -> HubFamily:
    """The dataset that a configuration names."""
    return HubFamily(name, data.subset, data.root, data.download, place, hint)


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
    what: str = "a Hugging Face dataset"
    holds: None = None

    def reads(self, files: Modality) -> frozenset[str]:
        return read_keys(files) | {"subset", "root", "download"}

    def columns(self) -> tuple[str, ...]:
        return tuple(self.dataset.column_names)

    def open(self, roles: Roles, reading: Reading) -> Opened:
        dataset = _undecoded(self.dataset.select_columns(list(needed_columns(roles, reading))))
        scan = Scan(self.name, roles, reading, Path(), self._place)
        label = roles.label if isinstance(roles.label, str) else None
        names = _class_names(dataset, label)
        for position, row in enumerate(_rows(dataset), start=1):
            if names is not None and label is not None:
                row[label] = self._named(row[label], names)
            scan.row(row, position)
        return scan.opened(HubRows(self.name, dataset.select_columns(roles.read_again()), roles))

    def _named(self, number: Any, names: list[str]) -> Any:
        if isinstance(number, list):
            return [self._named(one, names) for one in number]
        return None if number is None or number < 0 else names[number]  # -1 marks a hidden label

    def _place(self, row: int) -> str:
        return f"{self.name}: row {row}"


def _undecoded(dataset: Any) -> Any:
    """The same with images and sounds as they are stored, so that decoding is ours."""
    from datasets import Audio, Image

    for column, feature in dataset.features.items():
        if isinstance(feature, Audio | Image):
            dataset = dataset.cast_column(column, type(feature)(decode=False))
    return dataset


def _class_names(dataset: Any, label: str | None) -> list[str] | None:
    """The names behind class numbers, of a label or of a list of labels."""
    feature = dataset.features[label] if label is not None else None
    feature = getattr(feature, "feature", feature)
    names = getattr(feature, "names", None)
    return None if names is None else list(names)


def _rows(dataset: Any) -> Iterator[dict[str, Any]]:
    for batch in dataset.with_format("arrow").iter(batch_size=_BATCH):
        yield from batch.to_pylist()


@dataclass(frozen=True, slots=True)
class HubRows(ColumnRows):
    """The rows of a Hugging Face dataset, which is memory-mapped."""

    name: str
    dataset: Any
    roles: Roles

    def __len__(self) -> int:
        return len(self.dataset)

    @property
    def root(self) -> Path:
        return Path()

    def cells(self, index: int) -> Mapping[str, Any]:
        """The cells of one row that are inputs or kept."""
        row: Mapping[str, Any] = self.dataset[index]
        return row
