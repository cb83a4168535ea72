"""The folder of a Hugging Face id, and the errors for files that are missing in it."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from glob import escape
from importlib.util import find_spec
from pathlib import Path

from huggingface_hub import constants, list_repo_files, snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError

from ftcli.errors import UserError, WeightsError, listing, nearest
from ftcli.models.catalogue import entries
from ftcli.models.on_this_machine import hub_ids, models_here
from ftcli.models.pretrained.screening import screen, shards
from ftcli.system.offline import reach
from ftcli.system.read_files import note_read

# The formats of weights, of which the first that is there is taken: its file, and the parts that an index names.
# The last two are pickles, of which only tensors are read (`weights.read_weights`).
FORMATS: dict[str, str | None] = {
    "model.safetensors": None,
    "model.safetensors.index.json": "model-*-of-*.safetensors",
    "pytorch_model.bin": None,
    "pytorch_model.bin.index.json": "pytorch_model-*-of-*.bin",
}
WEIGHTS = tuple(FORMATS)
# Settings and vocabularies; none of them is code. No other file of a repository is read, above all none in its folders.
SETTINGS = (".json", ".txt", ".model", ".spm", ".jinja", ".codes", ".tiktoken")
TIMM = "timm/"  # where the networks of timm are, by the names that they have there
POOLING = "1_Pooling/config.json"  # how a network of sentence-transformers was trained to be pooled


def is_folder(name: str) -> bool:
    """Whether `name` is a folder here, or is written like one; else it is an id on the hub."""
    return Path(name).is_dir() or name.startswith((".", "/", "~")) or name.count("/") > 1


def resolve(name: str, *, weights: bool) -> Path:
    """The folder that holds the configuration of `name`, and its `weights` if asked for.

    An id is looked up in Hugging Face's cache and, only if it is not there, downloaded into it. Raises `WeightsError`
    that says what is missing, where it looked and how to supply it, or what in the folder is not to be trusted.
    """
    needed = [("config.json",), WEIGHTS] if weights else [("config.json",)]
    folder = Path(name).expanduser() if is_folder(name) else _cached(name)
    if folder is not None and not folder.is_dir():
        raise WeightsError(f"{name}: no such folder")
    if folder is None or (not is_folder(name) and not all(_first(folder, files) for files in needed)):
        folder = _download(name, weights=weights)
    for files in needed:
        require(folder, *files)
    screen(folder)
    for file in wanted((one.name for one in folder.iterdir()), weights=weights):
        note_read(folder / file)
    return folder


def require(folder: Path, *files: str) -> Path:
    """The first of `files` that `folder` has. Raises `WeightsError` if it has none."""
    found = _first(folder, files)
    if found is None:
        held = sorted(path.name for path in folder.glob("*"))
        raise WeightsError(f"{folder}: no {' or '.join(files)}. The folder holds: {listing(held)}")
    return found


def pickled_files(folder: Path) -> list[Path]:
    """The PyTorch files of the weights in `folder`; none where they are safetensors."""
    chosen = _first(folder, WEIGHTS)
    if chosen is None or chosen.name.startswith("model."):
        return []
    return shards(chosen) if chosen.suffix == ".json" else [chosen]


def _first(folder: Path, files: tuple[str, ...]) -> Path | None:
    return next((folder / file for file in files if (folder / file).is_file()), None)


def _cached(name: str) -> Path | None:
    try:
        return Path(snapshot_download(name, cache_dir=constants.HF_HUB_CACHE, local_files_only=True))
    except (OSError, ValueError):  # not there; or no name of a repository, which the download answers
        return None


def _download(name: str, *, weights: bool) -> Path:
    try:
        reach(constants.ENDPOINT)
        files = wanted(list_repo_files(name), weights=weights)
        patterns = [escape(file) for file in files]
        return Path(snapshot_download(name, cache_dir=constants.HF_HUB_CACHE, allow_patterns=patterns))
    except (OSError, ValueError, HfHubHTTPError) as error:
        raise _undownloadable(name, error) from error


def wanted(files: Iterable[str], *, weights: bool) -> list[str]:
    """Those of a repository's `files` that are read: its settings, and its `weights` in one format, if asked for."""
    files = sorted(files)
    chosen = next((file for file in FORMATS if file in files), None) if weights else None
    parts = FORMATS[chosen] if chosen is not None else None
    return [
        file
        for file in files
        if file in (chosen, POOLING)
        or ("/" not in file and file.endswith(SETTINGS) and file not in FORMATS)
        or (parts is not None and fnmatchcase(file, parts))
    ]


def _undownloadable(name: str, error: Exception) -> UserError:
    page = f"{constants.ENDPOINT}/{name}"
    gated = f"\nIt is gated: agree to its licence at {page}, then `hf auth login`"
    near = _near(name, reached=isinstance(error, HfHubHTTPError))
    return WeightsError(
        f"{name}: not on this machine, and it could not be downloaded ({first_line(error)}).{near}\n"
        f"  looked in: {Path(name).absolute()}\n"
        f"  and in:    {constants.HF_HUB_CACHE}\n"
        f"  and at:    {page}{gated if isinstance(error, GatedRepoError) else ''}\n"
        f"Download it elsewhere with `hf download {name} --local-dir FOLDER`, and put FOLDER in place of the id."
    )


def _near(name: str, *, reached: bool) -> str:
    """What may have been meant by a name that is not one of the known ones, and whether that is any help now."""
    known = [entry.name for entry in entries()]
    if name.startswith(TIMM) and find_spec("timm") is not None:
        from timm import list_pretrained

        known = [TIMM + one for one in list_pretrained()]
    if name in known:
        return ""
    same, here = f"torchvision/{name}", _here(name)
    found = same if same in known else nearest(name, [*known, *here])
    if found is None or reached or found == same or found in here:
        return "" if found is None else f" Did you mean {found!r}?"
    return f" A known id is {found!r}, which is not on this machine either."


def _here(name: str) -> list[str]:
    """What can be named where nothing can be downloaded: the cache, and folders where this one would be."""
    folder = Path(name).absolute().parent
    beside = [one.name for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []
    return [*hub_ids(), *(one.name for one in models_here()), *beside]


def first_line(error: Exception) -> str:
    """The beginning of another library's message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
