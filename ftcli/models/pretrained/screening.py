"""Checks of the settings in a model folder before transformers reads them: nothing that they name is fetched or run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ftcli.errors import WeightsError
from ftcli.models.pretrained.exported import TORCHVISION, inner

CONFIG = "config.json"
ADAPTER = "adapter_config.json"  # with PEFT installed, transformers would load the model that it names
# What transformers reads by these names. No loader reads other files of a folder.
SETTINGS = (
    CONFIG,
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
)
INDEXES = {
    "model.safetensors.index.json": ".safetensors",
    "pytorch_model.bin.index.json": ".bin",
}
LARGEST = 50_000_000  # bytes of a file of settings
# Of what a network has many; the deepest of transformers have some 150 layers, the widest some 500 experts.
_COUNTED = re.compile(r"(.*_)?(layers?|blocks|depths?|stages|groups|group_num|experts)")
MOST, MOST_LABELS = 1000, 1_000_000
_NAMES = ("label2id", "id2label", "label_names")  # the words in here are the user's classes
OWN_ATTENTION = ("eager", "sdpa")
# Others are packages of the user's, or code on the hub (CVE-2026-4372).
_IMPLEMENTATION = re.compile(r"_?(attn|experts)_implementation(_internal)?")
# Those that transformers has itself: they compute the same, so its usual one can take their place.
_KNOWN_ATTENTION = re.compile(
    r"(paged\|)?(eager|sdpa|flash_attention(_\d)?|flex_attention|grouped_mm|batched_mm)(_paged)?"
)
# What is read in place of the usual file, for a version of transformers.
_FILES = {"configuration_files": r"config[\w.-]*\.json", "fast_tokenizer_files": r"tokenizer[\w.-]*\.json"}
_OTHERS = ("backbone", "architecture")  # networks of other packages, or on the hub
# Options of timm's networks that fetch weights, or read them from any place.
_FETCHED = ("pretrained", "checkpoint_path", "pretrained_cfg", "pretrained_cfg_overlay", "cache_dir")


def screen(folder: Path) -> None:
    """Look through the settings in `folder`.

    Raises `WeightsError` for settings that are broken, name code or files elsewhere, or describe no sensible network.
    An `auto_map` is let pass where transformers has a network of that type itself, as its own is then taken.
    """
    if (folder / ADAPTER).is_file():
        raise WeightsError(
            f"{folder / ADAPTER}: this is an adapter to another model. Merge it into that model, and save the whole"
        )
    for path in [folder / name for name in SETTINGS if (folder / name).is_file()]:
        settings = read_settings(path)
        _check_fields(path, settings)
        for other in _named_files(path, settings):
            _check_fields(other, read_settings(other))
    for name in INDEXES:
        if (folder / name).is_file():
            shards(folder / name)


def read_settings(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises `WeightsError` for anything else, or one that is very large."""
    try:
        if path.stat().st_size > LARGEST:
            raise WeightsError(f"{path}: more than {LARGEST // 1_000_000} MB: these are not settings")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: cannot be read as JSON ({error})") from error
    if not isinstance(found, dict):
        raise WeightsError(
            f"{path}: a JSON {type(found).__name__}, where an object with named keys is wanted"
        )
    return found


def _check_fields(path: Path, settings: Mapping[str, Any]) -> None:
    for key, value in _fields(settings):
        problem = _problem(key, value)
        if problem:
            raise WeightsError(f"{path}: {key}: {problem}")
    if path.name.startswith("config") and settings.get("auto_map"):
        _check_known(path, settings)


def _fields(content: Any) -> Iterator[tuple[str, Any]]:
    """Every key and its value, at any depth, except names of classes."""
    waiting = [content]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            fields = [(key, value) for key, value in one.items() if key not in _NAMES]
            yield from fields
            waiting += [value for _, value in fields]
        elif isinstance(one, list):
            waiting += one


def _problem(key: str, value: Any) -> str:
    """What is wrong with a field, if anything."""
    if key == "auto_map" and not isinstance(value, dict | list | None):
        return f"{value!r} is not a mapping"
    if _IMPLEMENTATION.fullmatch(key):
        names = [one for one in _values(value) if isinstance(one, str)]
        foreign = [name for name in names if not _KNOWN_ATTENTION.fullmatch(name)]
        if foreign:
            return f"{foreign[0]!r} names code outside of the model. Remove the key: {OWN_ATTENTION[-1]} is used then"
    if key in _OTHERS and isinstance(value, str) and set(value) & set(":/\\"):
        return f"{value!r} is another model, which is not fetched"
    if key == "model_args" and isinstance(value, dict) and (fetched := set(value).intersection(_FETCHED)):
        return f"{min(fetched)} would load other weights. Remove it"
    most = MOST_LABELS if key == "num_labels" else MOST if _COUNTED.fullmatch(key) else None
    return "" if most is None else _too_many(value, most)


def _too_many(value: Any, most: int) -> str:
    largest = max((one for one in _values(value) if isinstance(one, int | float)), default=0)
    return f"{largest:,} of them are too many: at most {most:,} are made" if largest > most else ""


def _named_files(path: Path, settings: Mapping[str, Any]) -> list[Path]:
    """The files of `configuration_files`, one of which transformers reads in place of config.json, by its version.

    Raises `WeightsError` where these, or those of `fast_tokenizer_files`, are not beside it.
    """
    for key, pattern in _FILES.items():
        names = list(_values(settings.get(key, [])))
        for name in names:
            if not isinstance(name, str) or not re.fullmatch(pattern, name):
                raise WeightsError(
                    f"{path}: {key}: {name!r} is to be read in place of the usual file, and is not in this folder. "
                    "Remove the key"
                )
    found = [path.parent / str(name) for name in _values(settings.get("configuration_files", []))]
    return [one for one in found if one.is_file() and one != path]


def _values(value: Any) -> Iterator[Any]:
    """A value, or those that a list or an object holds, at any depth."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list):
            waiting += one.values() if isinstance(one, dict) else one
        else:
            yield one


def _check_known(path: Path, settings: Mapping[str, Any]) -> None:
    """Raise `WeightsError` for code of its own, unless transformers has a network of that type."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    kind, own = inner(settings).get("model_type"), settings["auto_map"]
    if settings.get("model_type") == TORCHVISION:
        # Answered by whoever reads it.
        return
    if not isinstance(own, dict) or not isinstance(kind, str) or kind not in CONFIG_MAPPING_NAMES:
        raise WeightsError(
            f"{path}: auto_map: the network is code of its own ({', '.join(map(str, _values(own)))}), and none is run; "
            f"transformers itself has no model type {kind!r}"
        )


def shards(index: Path) -> list[Path]:
    """The files that an index of weights names, each once.

    Raises `WeightsError` for files in other folders, or of another format than the index is of.
    """
    named, suffix = read_settings(index).get("weight_map"), INDEXES[index.name]
    if not isinstance(named, dict):
        raise WeightsError(f"{index}: it has no weight_map from names to files")
    files = list({str(one): one for one in named.values()}.values())
    for file in files:
        if not isinstance(file, str) or not re.fullmatch(r"[\w.-]+" + re.escape(suffix), file):
            raise WeightsError(f"{index}: weight_map: {file!r} is not a {suffix} file of this folder")
    return [index.parent / file for file in files]
