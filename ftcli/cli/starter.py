"""The experiment that data stand for: what `ftcli init` writes, and what `ftcli train DATA` trains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ftcli.data.discovery.asked import Asked
from ftcli.data.discovery.recognise import recognise_source
from ftcli.data.discovery.recognised import Recognised
from ftcli.errors import UserError, command, printable
from ftcli.models.proposal import CHINESE_MODEL, Proposal, Wanted, propose
from ftcli.tasks import OUTLINES, TASKS

# Training examples of a known data set, which is not opened to count them.
MANY = 10_000


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says beside where the data are; None where it is to be found out."""

    task: str | None = None
    label: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Starter:
    """The three sections of an experiment for the data at `source`, and how they were found."""

    source: str
    task: str
    found: Recognised
    proposal: Proposal

    @classmethod
    def of(cls, source: str, wishes: Wishes, *, download: bool, names: Iterable[str] = ()) -> Starter:
        """Look at the data, and at the models on this machine; with `download` others are proposed, too.

        `names` are what may be meant by a source that is not there. Raises `UserError` for data that are not
        recognised, and for wishes that cannot be met.
        """
        if wishes.task is not None and wishes.task not in TASKS:
            raise UserError(f"--task: {TASKS.unknown(wishes.task)}")
        found = recognise_source(source, _asked(wishes), names)
        task = wishes.task or found.task or _task(found)
        if wishes.model is not None:
            return cls(source, task, found, Proposal(wishes.model, "as you say"))
        kind, modality = found.kind, found.modality
        usual = kind.starter_model or (CHINESE_MODEL if found.chinese else modality.starter_model)
        examples = found.sizes.get("train", MANY)
        outline = OUTLINES[task]
        wanted = Wanted(outline.inputs[0].name, outline.form, usual, examples, found.chinese)
        return cls(source, task, found, propose(wanted, download=download))

    def short(self) -> list[str]:
        """The YAML, a line for each section."""
        data = {**self.found.data, **self.proposal.data}
        sections = {"task": self.task, "data": data, "model": self.proposal.model}
        return [f"{name}: {_value(section)}" for name, section in sections.items()]

    def commented(self) -> str:
        """The YAML with what was found and what a user may want to change."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        found = self.found
        sizes = ", ".join(f"{size:,} {split}" for split, size in found.sizes.items())
        counted = f": {sizes} examples" if sizes else ""
        yield f"# Written by `{printable(command('init', self.source))}`{counted}."
        for warning in (*found.warnings, *found.guesses):
            yield f"# note: {printable(' '.join(warning.split()))}"
        yield f"task: {self.task}"
        yield "data:"
        for key, value in found.data.items():
            yield f"  {key}: {_value(value)}"
        if found.classes:
            shown = ", ".join(found.classes[:8]) + (", ..." if len(found.classes) > 8 else "")
            yield f"  # {len(found.classes)} classes: {printable(' '.join(shown.split()))}"
        said = tuple(f"# {key}:" for key in found.data)
        yield from (f"  {line}" for line in found.kind.starter_data if not line.startswith(said))
        yield from found.kind.starter_notes
        more = "`ftcli list-models` shows others; a folder works too"
        yield f"model: {_value(self.proposal.model)}  # {self.proposal.reason}; {more}"
        yield "# What is left out gets a value by the model, the policy and the size of the data; to see it:"
        yield "#   ftcli train THIS.yaml --dry-run"
        yield "# freeze: lp-ft               # none | backbone | N | [patterns] | lp-ft | gradual"
        yield "# training: {epochs: 10}"


def _asked(wishes: Wishes) -> Asked:
    if wishes.task is None:
        return Asked(label=wishes.label)
    outline = OUTLINES[wishes.task]
    return Asked(outline.inputs[0], outline.wants, wishes.label)


def _task(found: Recognised) -> str:
    """The first task in the table for this modality and target."""
    wanted = ((found.modality,), found.kind.wanted)
    return next(name for name, outline in OUTLINES.items() if outline[:2] == wanted)


def _value(value: Any) -> str:
    """YAML on one line, in which characters that could steer a terminal are escapes."""
    value = dict(value) if isinstance(value, Mapping) else value
    for readable in (True, False):
        written = yaml.safe_dump(
            value, allow_unicode=readable, default_flow_style=True, width=10_000, sort_keys=False
        )
        line = written.splitlines()[0]
        if line.isprintable():
            break
    return line
