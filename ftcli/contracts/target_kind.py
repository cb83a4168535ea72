"""What a kind of target is: everything that rooms do differently for it. `target_kinds` has the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ftcli.contracts.modalities import ColumnNames, Modality


class Duration(NamedTuple):
    """How long to train by default: so many steps, but from `least` to `most` epochs, and why."""

    steps: int
    least: int
    most: int
    why: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """Where the choices for keys that were left out differ from the usual ones. A choice is a value and its reason."""

    batch_size: tuple[int, str] | None = None
    pretrained: Duration | None = None
    scratch: Duration | None = None  # training from random weights
    recipe: str | None = None  # the row of learning rates from random weights; None for that of the modality
    clip: tuple[float, str] | None = None  # for families that do not clip
    slow_start: bool = False  # validation figures stand still at first: more patience
    scored_first: bool = False  # pre-trained weights have a figure already, as their head is not new


@dataclass(frozen=True, slots=True)
class TargetKind:
    """One kind of target, and everything that rooms do differently for it."""

    name: str
    plural: str  # what `predicts` it, for messages: "boxes"
    does: str  # what a task does: "finds boxes"
    plan: str  # for the plan of a run; {} is the number of classes
    figures: tuple[str, ...]
    figure: str  # what is watched by default
    loss: str  # the default
    thorough_figures: tuple[
        str, ...
    ] = ()  # need all predictions at once: computed at the end, or where watched
    wants: str = ""  # what tasks ask for, where that is a choice of several kinds; else the name
    many: bool = False  # any number of classes for each example
    turns_to: str | None = None  # the kind that it is where examples have any number of classes

    labelled: bool = True  # whether examples have a target
    dense: bool = False  # a target for each place of an image
    counts_examples: bool = False  # the counts of classes are of examples
    counted: str = "example"  # what else the counts are of
    least_classes: int = 1  # with fewer there is nothing to learn
    named_values: bool = False  # its values are numbers, which `data.class_names` names whether used or not

    role: str = "label"  # of the column with the targets
    columns: ColumnNames = ()  # usual names of that column
    guessed: bool = True  # whether that column is looked for where it is not named
    text_columns: ColumnNames = ()  # usual names of the column of input texts; empty for those of the modality
    more_roles: tuple[str, ...] = ()  # of columns of inputs beside those of the modality
    pairs: bool = False  # whether pairs of texts are recognised by the names of their columns
    by_word: bool = False  # a text may be a list of words
    files: Modality | None = None  # what the files of examples are, where that is not the input
    said: str | None = None  # the role of texts that `data.class_names` may name by numbers
    speakers: bool = False  # classes are the speakers
    verbatim: bool = False  # the target is what the input says, in its own language

    keys: frozenset[str] = frozenset()  # keys of `data` that have a meaning for it
    excludes: frozenset[str] = frozenset()  # keys of its inputs that have none

    # Parts, as "module:attribute".
    codec: str = ""  # in tasks/targets/: from targets to tensors and back to predictions
    reader: str = "ftcli.data.targets.base:Targets"  # in data/targets/: reads a column and renames classes
    opener: str | None = (
        None  # opens a file or folder whose targets are neither a column nor names of folders
    )
    table_opener: str | None = None  # opens a table to predict, where that is not one of the usual tables
    table_endings: tuple[str, ...] = ()  # of tables beside the usual ones
    line_files: bool = False  # two files with the same lines are a table

    starter_model: str | None = None  # what `ftcli init` proposes; None for that of the modality
    starter_notes: tuple[str, ...] = ()  # comments of `ftcli init`
    starter_data: tuple[str, ...] = ()  # the same, below the section `data`
    defaults: Defaults = field(default_factory=Defaults)

    @property
    def wanted(self) -> str:
        """What a task that learns it asks for."""
        return self.wants or self.name
