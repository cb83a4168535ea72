"""Files of weights: read without running code from them, and fitted strictly."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ftcli.errors import WeightsError, listing
from ftcli.models.weight_files import SUFFIXES, no_such_file
from ftcli.system.read_files import note_read

# What a file may wrap its state in, and what training code puts before each name. The last is that of a ftcli run.
WRAPPERS = ("state_dict", "model_state_dict", "model")
PREFIXES = ("", "module.", "_orig_mod.", "model.", "net.", "backbone.", "backbone.net.")
REST = "ftcli.rest"  # in the header of a .safetensors file: the name of the file beside it with the rest of its weights


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a `.safetensors` or PyTorch file, on the CPU; also those of the file that its header calls `REST`.

    Raises `WeightsError` if the file is missing, truncated, holds code or is not a file of weights. PyTorch files are
    read with `weights_only=True`, without a fall-back.
    """
    if path.suffix not in SUFFIXES:
        raise WeightsError(f"{path}: not a file of weights; those end in {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise WeightsError(no_such_file(path))
    note_read(path)
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickle(path)
    return _tensors(content, path)


def each_weight(path: Path) -> Iterator[tuple[str, Tensor]]:
    """The names and tensors of a `.safetensors` file as `read_weights` has them, in memory one at a time.

    Raises `WeightsError`.
    """
    seen: set[str] = set()
    for file in _files(path):
        with _opened(file) as content:
            for name in content.keys():  # noqa: SIM118  (it is no mapping)
                if name not in seen:
                    yield name, content.get_tensor(name)
            seen.update(content.keys())


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    return dict(each_weight(path))


def _files(path: Path) -> list[Path]:
    """The file, and that with the rest of the weights."""
    note_read(path)
    with _opened(path) as content:
        header = content.metadata() or {}
    if REST not in header:
        return [path]
    rest = path.parent / Path(header[REST]).name  # beside it, whatever path the header names
    if not rest.is_file():
        raise WeightsError(
            f"{rest}: no such file. {path} holds only a part of its weights; the rest was there"
        )
    note_read(rest)
    return [path, rest]


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: truncated, or not a safetensors file ({error})") from error


def _read_pickle(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of archives and old formats, which the errors below answer
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path}: holds more than weights, or is not a PyTorch file. Only tensors are read, because "
            "anything else could run code. Save the `state_dict()` alone: torch.save(model.state_dict(), path)"
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        reason = str(error).partition("\n")[0].partition(". ")[0][:120]
        raise WeightsError(f"{path}: truncated, or not a PyTorch file of weights ({reason})") from error


def _tensors(content: Any, path: Path) -> dict[str, Tensor]:
    while isinstance(content, Mapping):
        inner = next((content[name] for name in WRAPPERS if isinstance(content.get(name), Mapping)), None)
        if inner is None:
            break
        content = inner
    if not isinstance(content, Mapping) or not content:
        raise WeightsError(f"{path}: holds a {type(content).__name__}, not a dictionary of names and tensors")
    wrong = [str(name) for name, value in content.items() if not isinstance(value, Tensor)]
    if wrong:
        raise WeightsError(f"{path}: these entries are not tensors: {listing(wrong, 5)}")
    return {str(name): value for name, value in content.items()}


def strip_prefix(state: Mapping[str, Tensor], expected: Iterable[str]) -> dict[str, Tensor]:
    """`state` without the prefix of training code, and without what lies outside that prefix (other heads)."""
    wanted = set(expected)

    def known(prefix: str) -> int:
        return sum(name.startswith(prefix) and name[len(prefix) :] in wanted for name in state)

    best = max(PREFIXES, key=known)
    if not known(best):
        return dict(state)
    return {name[len(best) :]: value for name, value in state.items() if name.startswith(best)}


def part_of(state: Mapping[str, Tensor], expected: Iterable[str]) -> dict[str, Tensor]:
    """The weights of one part of a larger network, by the part's own `expected` names; all of `state` if none is it.

    Of parts that have all those names, a decoder's also has others, so the one with the fewest others is it.
    """
    wanted = set(expected)
    first = min(wanted, default="")
    prefixes = {name[: -len(first)] for name in state if name == first or name.endswith(f".{first}")}
    parts = [
        {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        for prefix in sorted(prefixes)
    ]
    whole = [part for part in parts if wanted <= part.keys()]
    return min(whole, key=len, default=dict(state))


def fit_weights(
    module: nn.Module, state: Mapping[str, Tensor], where: object, heads: Sequence[str] = ()
) -> None:
    """Load `state` into `module`, strictly; names under `heads` (and training code's prefixes) are left out, and what
    the module has there stays.

    Raises `WeightsError`, naming `where` they came from, that lists what is missing, unexpected and misshapen.
    """
    expected = module.state_dict()
    state = {name: value for name, value in strip_prefix(state, expected).items() if not under(name, heads)}
    state |= {name: value for name, value in expected.items() if under(name, heads)}
    for name, value in expected.items():  # counters that files from before PyTorch 0.4.1 do not have
        if name.endswith("num_batches_tracked"):
            state.setdefault(name, torch.zeros_like(value))
    missing = [name for name in expected if name not in state]
    unexpected = [name for name in state if name not in expected]
    misshapen = [
        f"{name} {tuple(state[name].shape)} instead of {tuple(value.shape)}"
        for name, value in expected.items()
        if name in state and state[name].shape != value.shape
    ]
    if missing or unexpected or misshapen:
        raise misfit(where, missing, unexpected, misshapen)
    load_state(module, state)


def load_state(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """`module.load_state_dict(state)`, strictly, for names of this version of the module.

    A bare mapping has no version, and some modules (MNASNet) then rebuild themselves as their first version.
    """
    current = OrderedDict(state)
    current._metadata = module.state_dict()._metadata  # type: ignore[attr-defined]
    module.load_state_dict(current)


def misfit(
    where: object, missing: Sequence[str], unexpected: Sequence[str], misshapen: Sequence[str]
) -> WeightsError:
    """The error for weights of another model: the first few names of each kind, and how many there are."""
    kinds = {"missing": missing, "unexpected": unexpected, "misshapen": misshapen}
    lines = [f"  {len(names)} {kind}: {listing(names, 4)}" for kind, names in kinds.items() if names]
    return WeightsError("\n".join([f"{where}: these are weights of another model", *lines]))


def under(name: str, heads: Sequence[str]) -> bool:
    return any(name == head or name.startswith(head + ".") for head in heads)
