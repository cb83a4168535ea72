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


class Probing(NamedTuple):
    """How a linear probe of frozen features is fitted to such targets, and what it leaves to gain."""

    # In runs/probing/, as "module:attribute": from features and encoded targets to an `evidence` probe.
    fit: str
    # A figure that is 1 where nothing is left to gain, and low for what always answers the same, however frequent
    # that is: accuracy is not, where classes are rare.
    figure: str
    # Whether it counts squares, as r2: then what is left is their root, an error in deviations of the targets.
    squared: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """Where the choices for keys that were left out differ from the usual ones. A choice is a value and its reason."""

    batch_size: tuple[int, str] | None = None
    pretrained: Duration | None = None
    # Training from random weights.
    scratch: Duration | None = None
    # The row of learning rates from random weights; None for that of the modality.
    recipe: str | None = None
    # For families that do not clip.
    clip: tuple[float, str] | None = None
    # Validation figures stand still at first: more patience.
    slow_start: bool = False
    # Pre-trained weights have a figure already, as their head is not new.
    scored_first: bool = False


@dataclass(frozen=True, slots=True)
class TargetKind:
    """One kind of target, and everything that rooms do differently for it."""

    name: str
    # What `predicts` it, for messages: "boxes".
    plural: str
    # What a task does: "finds boxes".
    does: str
    # For the plan of a run; {} is the number of classes.
    plan: str
    figures: tuple[str, ...]
    # What is watched by default.
    figure: str
    # The default.
    loss: str
    # Need all predictions at once: computed at the end, or where watched.
    thorough_figures: tuple[str, ...] = ()
    # What tasks ask for, where that is a choice of several kinds; else the name.
    wants: str = ""
    # Any number of classes for each example.
    many: bool = False
    # Predictions have a probability for each class.
    class_probabilities: bool = False
    # The kind that it is where examples have any number of classes.
    turns_to: str | None = None

    # Whether examples have a target.
    labelled: bool = True
    # A target for each place of an image.
    dense: bool = False
    # The counts of classes are of examples.
    counts_examples: bool = False
    # What else the counts are of.
    counted: str = "example"
    # With fewer there is nothing to learn.
    least_classes: int = 1
    # Its values are numbers, which `data.class_names` names whether used or not.
    named_values: bool = False

    # Of the column with the targets.
    role: str = "label"
    # Usual names of that column.
    columns: ColumnNames = ()
    # Whether that column is looked for where it is not named.
    guessed: bool = True
    # Usual names of the column of input texts; empty for those of the modality.
    text_columns: ColumnNames = ()
    # Of columns of inputs beside those of the modality.
    more_roles: tuple[str, ...] = ()
    # Whether pairs of texts are recognised by the names of their columns.
    pairs: bool = False
    # A text may be a list of words.
    by_word: bool = False
    # Usual names of the column with the text, where another one has the answer to it; and of one that belongs to it.
    prompts: ColumnNames = ()
    contexts: ColumnNames = ()
    # A text may be a chat.
    chats: bool = False
    # The role of the column that says which rows are the words of one text.
    grouped: str | None = None
    # Usual names of that column; those of the last group may be the text itself.
    group_columns: ColumnNames = ()
    # What the files of examples are, where that is not the input.
    files: Modality | None = None
    # The role of texts that `data.class_names` may name by numbers.
    said: str | None = None
    # Classes are the speakers.
    speakers: bool = False
    # The target is a transcript of the input, in its own language.
    verbatim: bool = False

    # Keys of `data` that have a meaning for it.
    keys: frozenset[str] = frozenset()
    # Keys of its inputs that have none.
    excludes: frozenset[str] = frozenset()

    # Parts, as "module:attribute".
    # In tasks/targets/: from targets to tensors and back to predictions.
    codec: str = ""
    # None where no linear layer on features of the frozen backbone can be fitted to the targets.
    probing: Probing | None = None
    # In data/targets/: reads a column and renames classes.
    reader: str = "ftcli.data.targets.base:Targets"
    # Opens a file or folder whose targets are neither a column nor names of folders.
    opener: str | None = None
    # Opens a table to predict, where that is not one of the usual tables.
    table_opener: str | None = None
    # Of tables beside the usual ones.
    table_endings: tuple[str, ...] = ()
    # Two files with the same lines are a table.
    line_files: bool = False

    # What `ftcli init` proposes; None for that of the modality.
    starter_model: str | None = None
    # Comments of `ftcli init`.
    starter_notes: tuple[str, ...] = ()
    # The same, below the section `data`.
    starter_data: tuple[str, ...] = ()
    defaults: Defaults = field(default_factory=Defaults)

    @property
    def wanted(self) -> str:
        """What a task that learns it asks for."""
        return self.wants or self.name
