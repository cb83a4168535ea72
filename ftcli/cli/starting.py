"""What the first argument of `ftcli train` stands for: a YAML file, a shipped example, or data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ftcli.cli.examples import example, names
from ftcli.cli.preconditions import run_of
from ftcli.cli.screen import Screen, show_notes
from ftcli.cli.starter import Starter, Wishes
from ftcli.config.document import Document
from ftcli.config.reader import ENDINGS
from ftcli.errors import UserError, command

YAML = (".yaml", ".yml")
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
# What a file is known by: the first lines of a configuration, and those of YOLO's description of data.
READ = 1 << 16
_SECTION = re.compile(r"(task|data|model|freeze|loss|optimizer|schedule|training|quality|output)\s*:")
_JSON_SECTION = re.compile(r'[{,]\s*"(task|model)"\s*:')
_MODEL = re.compile(r'"(model_type|architectures|source)"\s*:')
_YOLO = re.compile(r"^(names|nc)\s*:", re.MULTILINE)
# Overrides that say what an option says: key -> the wish.
_SAME = {"task": "task", "data.label": "label", "model": "model", "model.backbone": "model"}


@dataclass(frozen=True, slots=True)
class Start:
    """What is trained, how its run is called, and what to say about a YAML that the user has not written."""

    config: Path | Document
    name: str
    lines: tuple[str, ...] = ()
    # What was guessed of the data, and what there is to say of the network that is proposed.
    guesses: tuple[str, ...] = ()
    of_model: tuple[str, ...] = ()
    # Keys of `data` that go with the network that is proposed, and with no other.
    with_model: Mapping[str, Any] = field(default_factory=dict)

    def show(self, screen: Screen) -> None:
        """The YAML that data stand for, and what was guessed."""
        for line in self.lines:
            screen.line(line)
        show_notes(screen, (*self.guesses, *self.of_model))


@dataclass(frozen=True, slots=True)
class Given:
    """The first argument, and the options and overrides that go with it."""

    argument: str
    wishes: Wishes = Wishes()
    overrides: Sequence[str] = ()

    def words(self) -> list[str]:
        """The arguments again, for the processes that torchrun starts."""
        options = {f"--{name}": getattr(self.wishes, name) for name in ("task", "label", "model")}
        return [
            self.argument,
            *(word for pair in options.items() if pair[1] for word in pair),
            *self.overrides,
        ]

    def file(self) -> Path | None:
        """The YAML file that is named, or that of a shipped example; None for data.

        Raises `UserError` for options that a file has no use for.
        """
        path = Path(self.argument)
        found = path if _is_configuration(path) else None if path.exists() else example(self.argument)
        if found is not None and self.wishes != Wishes():
            name, value = next((n, v) for n in ("task", "label", "model") if (v := getattr(self.wishes, n)))
            key = {"label": "data.label"}.get(name, name)
            raise UserError(
                f"--{name} goes with data, and {self.argument} is a configuration: write {key}={value} after it"
            )
        return found

    def start(self) -> Start:
        """Read nothing of a file yet; look at data. Raises `UserError` for data that cannot be used as they are."""
        if (file := self.file()) is not None:
            return Start(file, file.stem)
        _check_is_data(self.argument)
        wishes = self._wishes()
        starter = Starter.of(self.argument, wishes, download=False, names=names())
        text = starter.short()
        options = {"task": wishes.task, "data.label": wishes.label, "model": wishes.model}
        placed = {key: f"--{key.rpartition('.')[2]}" for key, value in options.items() if value is not None}
        proposal = starter.proposal
        shown = [f"{self.argument} stands for:", *(f"  {line}" for line in text)]
        if wishes.model is None and proposal.note is None:
            shown[-1] += f"  # {proposal.reason}"
        of_model = (proposal.note,) if proposal.note else ()
        document = Document("\n".join(text) + "\n", self.argument, placed)
        guesses, keys = tuple(starter.found.guesses), dict(proposal.data)
        return Start(document, run_name(self.argument), tuple(shown), guesses, of_model, keys)

    def _wishes(self) -> Wishes:
        """With what overrides say in the place of options, so that what is shown is what is trained."""
        wishes = self.wishes
        for override in self.overrides:
            key, equals, value = override.partition("=")
            name = _SAME.get(key.strip())
            if name is not None and equals and value and not value.startswith(("{", "[")):
                wishes = replace(wishes, **{name: value})
        return wishes


def _check_is_data(argument: str) -> None:
    """Raise `UserError` for the folder of a run or of a model, whose files could be taken for tables."""
    from ftcli.runs.directory import RunDirectory

    run = run_of(Path(argument))
    there = command("train", "DATA", "--model", run)
    if RunDirectory.is_named_by(argument):
        resume = command("train", "--resume", run)
        raise UserError(
            f"{argument} is a run, not data. To go on with it: {resume}. To train its network on data: {there}"
        )
    if any(_MODEL.search(_head(Path(argument) / name)) for name in ("config.json", "backbone.json")):
        raise UserError(f"{argument} is a model, not data. To train it on data: {there}")


def run_name(argument: str) -> str:
    """The name of a run on data: that of the folder, or of the table without its endings."""
    path = Path(argument)
    name = path.absolute().resolve().name if path.is_dir() else path.name
    if not path.is_dir():
        for ending in PACKED:
            name = name.removesuffix(ending)
        name = Path(name).stem
    return name.lstrip(".") or "run"


def _is_configuration(path: Path) -> bool:
    """Whether a path is a configuration, right or not, and no data; one that is not there by its ending."""
    ending = path.suffix.lower()
    if not path.is_file():
        return ending in YAML and not path.is_dir()
    head = _head(path)
    if ending == ".json":
        return head.lstrip().startswith("{") and _JSON_SECTION.search(head) is not None
    first = next((line for line in head.splitlines() if line.strip() and not line.startswith("#")), "")
    if ending in YAML:
        return _SECTION.match(first) is not None or _YOLO.search(head) is None
    return ending in ENDINGS or _SECTION.match(first) is not None


def _head(path: Path) -> str:
    """The first characters of a file; nothing where it cannot be read, which whoever opens it reports."""
    try:
        with path.open("rb") as file:
            return file.read(READ).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""
