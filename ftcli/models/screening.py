"""A look at what the folder of a model says, before transformers reads it: nothing that it names is fetched or run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ftcli.errors import WeightsError

CONFIG = "config.json"
ADAPTER = "adapter_config.json"  # with PEFT installed, transformers would load the model that it names
INDEX = "model.safetensors.index.json"
LARGEST = 50_000_000  # bytes of a file of settings
# Of what a network has many; the deepest of transformers have some 150 layers, the widest some 500 experts.
_COUNTED = re.compile(r"(.*_)?(layers?|blocks|depths?|stages|groups|group_num|experts)")
MOST, MOST_LABELS = 1000, 1_000_000
OWN_ATTENTION = ("eager", "sdpa")
# Others are packages of the user's, or code on the hub (CVE-2026-4372).
_IMPLEMENTATION = re.compile(r"_?(attn|experts)_implementation(_internal)?")
_FILES = ("configuration_files", "fast_tokenizer_files")  # what is read in place of the usual file
_OTHERS = ("backbone", "architecture")  # networks of other packages, or on the hub


def screen(folder: Path) -> None:
    """Look through the settings in `folder`.

    Raises `WeightsError` for settings that are broken, name code or files elsewhere, or describe no sensible network.
    An `auto_map` is let pass where transformers has a network of that type itself, as its own is then taken.
    """
    if (folder / ADAPTER).is_file():
        raise WeightsError(
            f"{folder / ADAPTER}: this is an adapter to another model. Merge it into that model, and save the whole"
        )
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith(("config.json", "_map.json")) or path.name.startswith("config"):
            _check_fields(path, read_settings(path))
    if (folder / INDEX).is_file():
        _check_index(folder / INDEX)


def read_settings(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises `WeightsError` for anything else, or one that is very large."""
    try:
        if path.stat().st_size > LARGEST:
            raise WeightsError(f"{path}: more than {LARGEST // 1_000_000} MB: these are no settings")
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
    if path.name == CONFIG and settings.get("auto_map"):
        _check_known(path, settings)


def _fields(content: Any) -> Iterator[tuple[str, Any]]:
    """Every key and its value, at any depth."""
    waiting = [content]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one.items()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _problem(key: str, value: Any) -> str:
    """What is wrong with a field, if anything."""
    if key == "trust_remote_code" and value:
        return "asks to run code of its own, and none is run. Remove the key if the model works without"
    if key == "auto_map" and not isinstance(value, dict | list | None):
        return f"{value!r} is no mapping"
    if _IMPLEMENTATION.fullmatch(key):
        named = [one for one in _values(value) if isinstance(one, str) and one not in OWN_ATTENTION]
        if named:
            return f"{named[0]!r} names code outside of the model. Remove the key: {OWN_ATTENTION[-1]} is used then"
    if key in _FILES and any(_leads_away(one) for one in _values(value)):
        return f"{value!r} names files to be read in place of the usual one. Remove the key"
    if key in _OTHERS and isinstance(value, str) and set(value) & set(":/\\"):
        return f"{value!r} is another model, which is not fetched"
    most = MOST_LABELS if key == "num_labels" else MOST if _COUNTED.fullmatch(key) else None
    return "" if most is None else _too_many(value, most)


def _too_many(value: Any, most: int) -> str:
    largest = max((one for one in _values(value) if isinstance(one, int | float)), default=0)
    return f"{largest:,} of them are too many: at most {most:,} are made" if largest > most else ""


def _leads_away(name: Any) -> bool:
    """Whether a name is none of a tokenizer's file in the same folder; other configurations are not looked for."""
    return not isinstance(name, str) or not re.fullmatch(r"tokenizer[\w.-]*\.json", name)


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

    kind, own = settings.get("model_type"), settings["auto_map"]
    if not isinstance(own, dict) or not isinstance(kind, str) or kind not in CONFIG_MAPPING_NAMES:
        raise WeightsError(
            f"{path}: auto_map: the network is code of its own ({', '.join(map(str, _values(own)))}), and none is run; "
            f"transformers itself has no model type {kind!r}"
        )


def _check_index(path: Path) -> None:
    """Raise `WeightsError` for weights in other folders, or in files that are no safetensors."""
    named = read_settings(path).get("weight_map")
    if not isinstance(named, dict):
        raise WeightsError(f"{path}: it has no weight_map from names to files")
    for file in {str(one): one for one in named.values()}.values():
        if not isinstance(file, str) or not re.fullmatch(r"[\w.-]+\.safetensors", file):
            raise WeightsError(f"{path}: weight_map: {file!r} is no .safetensors file of this folder")
