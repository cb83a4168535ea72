"""What can be fine-tuned: networks on this machine, and those that the user names. Nothing is downloaded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from glob import glob
from pathlib import Path

from ftcli.config.schema import Experiment, Model
from ftcli.contracts import Form
from ftcli.errors import counted, did_you_mean, listing
from ftcli.models.catalogue import Entry, entries
from ftcli.models.on_this_machine import models_here, stored
from ftcli.models.request import TORCHVISION
from ftcli.models.weight_files import SUFFIXES

NONE = "none"
# What is read of a folder of models, and of each folder in it.
_CONFIG, _RUN = "config.json", "experiment.yaml"
_SIZE = re.compile(r"(.+):(\d{1,4})")
_MAGIC = re.compile(r"[*?\[]")

# Backbone, weights and size of images, with paths in one spelling.
Identity = tuple[str, str | None, int | None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair of `model.backbone` and `model.weights`, and perhaps another `data.image_size`, in pixels.

    A `control` has random weights, so that it shows what the architecture gives without them.
    """

    backbone: str
    weights: str | None = None
    image_size: int | None = None
    control: bool = False
    # The section `model` of the user, where the candidate is that.
    own: Model | None = None

    @property
    def name(self) -> str:
        """As `--models` takes it."""
        weights = "" if self.weights is None else f"@{self.weights}"
        size = "" if self.image_size is None else f":{self.image_size}"
        return f"{self.backbone}{weights}{size}"

    @property
    def identity(self) -> Identity:
        """What makes it another candidate than others, however its path is written."""
        backbone, weights = Path(self.backbone).expanduser(), Path(self.weights or "").expanduser()
        return (
            str(backbone.resolve()) if backbone.exists() else self.backbone,
            str(weights.resolve()) if self.weights and weights.exists() else self.weights,
            self.image_size,
        )

    def experiment(self, base: Experiment) -> Experiment:
        """`base` with this network, and what else the user says. Keys that belong to another network are left out."""
        own = self.own or Model(self.backbone, self.weights, base.model.head)
        data = base.data
        if self.image_size is not None:
            data = replace(data, image_size=self.image_size)
        return replace(base, model=replace(own, weights=self.weights), data=data)

    def resized(self, image_size: int) -> Candidate:
        """The same network for images of another size."""
        return replace(self, image_size=image_size)

    def random(self) -> Candidate:
        """The same network with random weights."""
        return replace(self, weights=NONE, control=True)


@dataclass(frozen=True, slots=True)
class Absent:
    """A network that cannot be a candidate: why, and how it could be one."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates, each once, and what was named and cannot be one."""

    candidates: tuple[Candidate, ...] = ()
    absent: tuple[Absent, ...] = ()

    def joined(self, other: Found) -> Found:
        """Both, in this order."""
        each: dict[Identity, Candidate] = {}
        for one in (*self.candidates, *other.candidates):
            each.setdefault(one.identity, one)
        absent = dict.fromkeys((*self.absent, *other.absent))
        return Found(tuple(each.values()), tuple(absent))


def own_candidate(model: Model, image_size: int | None = None) -> Found:
    """The network that the experiment names; one with random weights is a control."""
    candidate = Candidate(model.backbone, model.weights, image_size, own=model)
    entry = _entry(model.backbone)
    if model.config is not None or model.weights == NONE:
        return Found((replace(candidate, control=True),))
    if entry is not None and model.weights in (None, "imagenet") and not _is_here(entry.name):
        return Found(absent=(Absent(candidate.name, how_to_supply(entry)),))
    return Found((candidate,))


def on_this_machine(modality: str, form: Form) -> Found:
    """The networks of the catalogue that are in the caches of torch and Hugging Face, for a task."""
    return Found(tuple(Candidate(one.name) for one in models_here(modality, form)))


def named(words: Sequence[str], modality: str, form: Form) -> Found:
    """What `--models` means: names and globs of the catalogue, folders, files of weights, NAME@WEIGHTS, NAME:SIZE.

    Each of `words` may be several with commas between them.
    """
    found = Found()
    for word in filter(None, (part.strip() for part in ",".join(words).split(","))):
        found = found.joined(_meant(word, modality, form))
    return found


def _meant(word: str, modality: str, form: Form) -> Found:
    sized = None if Path(word).exists() else _SIZE.fullmatch(word)
    if sized is not None:
        found = _meant(sized[1], modality, form)
        return replace(found, candidates=tuple(one.resized(int(sized[2])) for one in found.candidates))
    name, at, weights = word.partition("@")
    if at and not Path(word).exists():
        return _pair(name, weights)
    if _MAGIC.search(word):
        return _of_glob(word, modality, form)
    path = Path(word).expanduser()
    if path.exists():
        candidates = [*_of_path(path)]
        nothing = f"no network is there: a folder with {_CONFIG}, a run, or a file of weights ({', '.join(SUFFIXES)})"
        return Found(tuple(candidates)) if candidates else Found(absent=(Absent(word, nothing),))
    return _of_name(word, modality, form)


def _pair(name: str, weights: str) -> Found:
    """NAME@WEIGHTS. Names of published weights are looked at when the network is loaded."""
    path = Path(weights).expanduser()
    if path.suffix in SUFFIXES and not path.is_file():
        return Found(absent=(Absent(f"{name}@{weights}", f"{weights}: no such file"),))
    return Found((Candidate(name, weights, control=weights == NONE),))


def _of_glob(pattern: str, modality: str, form: Form) -> Found:
    """Files and folders, and names of the catalogue; of those that are not here one sentence says so."""
    paths = [one for path in sorted(glob(str(Path(pattern).expanduser()))) for one in _of_path(Path(path))]
    known = [one for one in entries(None, modality, form) if Path(one.name).match(pattern)]
    here = [one for one in known if _is_here(one.name)]
    missing = [one for one in known if one not in here]
    found = Found((*paths, *(Candidate(one.name) for one in here)))
    if missing:
        words = f"{counted(len(missing), 'network')} of the list not on this machine: "
        reason = words + listing((one.name for one in missing), 4)
        return found.joined(Found(absent=(Absent(pattern, reason),)))
    if not found.candidates:
        return Found(absent=(Absent(pattern, "neither a path nor a name of the list fits it"),))
    return found


def _of_path(path: Path, depth: int = 0) -> Iterator[Candidate]:
    """The network at a path, or those of a folder of them."""
    if path.is_dir():
        if (path / _RUN).is_file() or (path / _CONFIG).is_file():
            yield Candidate(str(path))
        elif depth < 2:
            for one in sorted(path.iterdir()):
                yield from _of_path(one, depth + 1)
    elif path.suffix in SUFFIXES and path.is_file() and (name := _network_of(path)) is not None:
        yield Candidate(name, str(path))


def _network_of(path: Path) -> str | None:
    """The network of torchvision that a file is called after, as resnet50-11ad3fa6.pth is; None for others."""
    names = [one.name for one in entries() if one.name.startswith(TORCHVISION)]
    fitting = [name for name in names if path.name.startswith(name.removeprefix(TORCHVISION))]
    return max(fitting, key=len, default=None)


def _of_name(word: str, modality: str, form: Form) -> Found:
    entry = _entry(word)
    if entry is None:
        if word in {one.name for one in stored()}:
            return Found((Candidate(word),))
        known = [one.name for one in entries(None, modality, form)]
        reason = f"neither a path nor a network on this machine.{did_you_mean(word, known)}"
        return Found(absent=(Absent(word, f"{reason} Files of weights are named as torchvision/NAME@FILE"),))
    if modality != entry.modality or form not in entry.forms:
        return Found(
            absent=(Absent(word, f"it is for {entry.modality}, and not in the form that this task needs"),)
        )
    if not _is_here(entry.name):
        return Found(absent=(Absent(word, how_to_supply(entry)),))
    return Found((Candidate(entry.name),))


def _entry(name: str) -> Entry | None:
    return next((one for one in entries() if one.name == name), None)


def _is_here(name: str) -> bool:
    return name in {one.name for one in stored()}


def how_to_supply(entry: Entry) -> str:
    """A sentence on how the weights of a known network come to this machine."""
    large = f" ({entry.megabytes:,.0f} MB)" if entry.megabytes else ""
    if entry.file is not None:
        return f"not on this machine: training it downloads it{large}; or give its file as {entry.name}@FILE"
    return f"not on this machine: hf download {entry.name}{large}, or --local-dir FOLDER elsewhere, and name FOLDER"


def labels(candidates: Iterable[Candidate]) -> dict[str, str]:
    """A short label for each name, no two alike: the last part of its path, as much more of it as is needed."""
    return _Labels().of([*candidates])


@dataclass(slots=True)
class _Labels:
    """Labels by their number of parts of a path."""

    most: int = 6
    found: dict[str, str] = field(default_factory=dict)

    def of(self, candidates: Sequence[Candidate]) -> dict[str, str]:
        """The shortest labels that differ."""
        left = {one.name: one for one in candidates}
        for parts in range(1, self.most):
            short = {name: _short(one, parts) for name, one in left.items()}
            taken = [*short.values(), *self.found.values()]
            self.found |= {name: label for name, label in short.items() if taken.count(label) == 1}
            left = {name: one for name, one in left.items() if name not in self.found}
        return self.found | {name: name for name in left}


def _short(one: Candidate, parts: int) -> str:
    name = "/".join(Path(one.backbone).parts[-parts:])
    if parts > 1 and one.weights not in (None, NONE):
        name += f"@{'/'.join(Path(one.weights or '').parts[-(parts - 1) :])}"
    size = "" if one.image_size is None else f":{one.image_size}"
    return f"{name}{size}{', random' if one.control else ''}"
