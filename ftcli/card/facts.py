"""All that a card and a bill of materials say of a run, read from its files once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ftcli.card.answers import NAME, QUESTIONS, answers_of, licence_of
from ftcli.card.hub import TASKS
from ftcli.card.names import Names, is_absolute, last_name
from ftcli.contracts.target_kind import TargetKind
from ftcli.contracts.target_kinds import KINDS
from ftcli.report.exported import Exported, read_exported
from ftcli.report.files import read_text
from ftcli.report.outcomes import Outcomes
from ftcli.report.provenance import Provenance, read_provenance
from ftcli.report.run import Run, read_run
from ftcli.system.bounded import UnreadableError

TORCHVISION, TIMM = "torchvision/", "timm/"
LARGEST_CARD = 4 << 20


@dataclass(frozen=True, slots=True)
class Facts:
    """A run, where it comes from, and the folder of an export where the card is for one.

    `answers` are a person's, by the key of the question; `names` takes folders of this machine out of texts.
    """

    run: Run
    known: Provenance
    names: Names
    answers: dict[str, str]
    # What the card has stated so far, by the keys of the hub.
    licence: dict[str, str]
    exported: Exported | None = None

    @property
    def outcomes(self) -> Outcomes:
        """What was scored; without figures where nothing was."""
        return self.run.outcomes or Outcomes("")

    @property
    def kind(self) -> TargetKind | None:
        """What the run has learned."""
        return KINDS.get(self.known.kind)

    @property
    def backbone(self) -> str:
        """The network: a name of torchvision or of the hub, or the last name of a folder."""
        return last_name(self.run.settings.get("model.backbone", "") or self.run.backbone)

    @property
    def weights(self) -> str:
        """The weights: a name, or the last name of a file or folder, "none" for random ones; empty if not named."""
        backbone, given = (self.run.settings.get(f"model.{key}", "null") for key in ("backbone", "weights"))
        # A summary has both, also where the weights were chosen.
        if self.run.backbone.startswith(f"{backbone}@"):
            given = self.run.backbone.removeprefix(f"{backbone}@")
        return "" if given == "null" else last_name(given)

    @property
    def from_nothing(self) -> bool:
        """Whether training began with random weights."""
        return self.weights == "none"

    @property
    def library(self) -> str:
        """The library that the network is of; empty where that is not known."""
        if not self.backbone:
            return ""
        for prefix in (TORCHVISION, TIMM):
            if self.backbone.startswith(prefix):
                return prefix[:-1]
        return "transformers"

    @property
    def data(self) -> str:
        """What the data are called: an id of the hub or of a data set, or the last name of a folder or file."""
        keys = ("source", "train", "root")
        given = (self.run.settings.get(f"data.{key}", "null") for key in keys)
        return next((last_name(one) for one in given if one not in ("null", "")), "")

    @property
    def pipeline(self) -> str:
        """The task as the hub calls it; empty where it has no such task."""
        row = TASKS.get(self.run.task)
        return row.pipeline if row is not None else ""

    @property
    def examples(self) -> int | None:
        """How many examples the figures are of."""
        return self.outcomes.examples or self.run.examples.get(self.outcomes.split)


def read_facts(path: Path, folder: Path | None = None) -> Facts:
    """The facts of the run at `path`; `folder` is that of an export. Raises `RunError` where there is no run."""
    run = read_run(path)
    paths = [str(path.absolute()), str(path.resolve()), *_paths(run)]
    exported = read_exported(folder) if folder is not None else None
    card = _card(path)
    return Facts(run, read_provenance(run), Names(paths), answers_of(card), licence_of(card), exported)


def unanswered(path: Path) -> list[str]:
    """The titles of the questions that the card of the run at `path` does not answer."""
    answers = answers_of(_card(path))
    return [question.title for question in QUESTIONS if question.key not in answers]


def _card(path: Path) -> str:
    """The card of a run as it is, with what a person has added."""
    with suppress(OSError, UnreadableError):
        return read_text(path / NAME, LARGEST_CARD)
    return ""


def _paths(run: Run) -> list[str]:
    """The absolute paths among the settings of a run, also those of a list."""
    values = [one for value in run.settings.values() for one in (value, *value.strip("[]").split(", "))]
    return [one for one in values if is_absolute(one)]
