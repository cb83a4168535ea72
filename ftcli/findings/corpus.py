"""The examples of all splits as findings speak of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.contracts.chats import Chat
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.inventory import NAMES
from ftcli.data.names.mirror_images import mirror_pair
from ftcli.data.splits import Splits
from ftcli.data.splitting.same_content import Where, item
from ftcli.data.splitting.selection import Selection
from ftcli.data.targets.columns import Categories, Numbers, Structures
from ftcli.errors import cut
from ftcli.media.formats import media_of


@dataclass(frozen=True, slots=True)
class Corpus:
    """`parts` are the splits by name, in the order train, val, test.

    `handed` is whether classes differ by left and right, so that mirrored images are others.
    """

    parts: Mapping[str, Selection]
    handed: bool = False

    @classmethod
    def of(cls, splits: Splits) -> Corpus:
        """The splits that were opened. A split that is another one itself, as its note says, is there once."""
        parts: dict[str, Selection] = {}
        for name in NAMES:
            part = getattr(splits, name)
            if isinstance(part, Selection) and len(part) and not _is_again(part, parts.values()):
                parts[name] = part
        return cls(parts, mirror_pair(splits.target.classes) is not None)

    @property
    def sizes(self) -> dict[str, int]:
        """Examples of each split."""
        return {name: len(part) for name, part in self.parts.items()}

    @property
    def noun(self) -> str:
        """What one of its inputs is: image, text or sound."""
        train = self.parts["train"]
        inputs, target = train.rows.inputs(int(train.indices[0])), getattr(train.labels, "role", None)
        name = next((name for name in inputs if name in MODALITIES and name != target), "text")
        return media_of(MODALITIES[name]).noun

    def all(self) -> list[Where]:
        """Every example."""
        return [(role, position) for role, part in self.parts.items() for position in range(len(part))]

    def input(self, where: Where) -> Any:
        """Its image or sound, or a tuple of its texts. Raises `DataError` where it cannot be read."""
        return item(self.parts[where[0]], where[1])

    def label(self, where: Where, *, nearly: bool = False) -> Hashable:
        """What it is labelled with, where others with the same input should have the same label; else None.

        With `nearly`, where others with nearly the same input should: numbers, and tags of words, may be others there.
        """
        labels = self.parts[where[0]].labels
        if isinstance(labels, Categories):
            label = labels[where[1]]
            return tuple(sorted(label)) if isinstance(label, tuple) else label
        if nearly:
            return None
        if isinstance(labels, Numbers):
            return labels[where[1]]
        if isinstance(labels, Structures) and isinstance(found := labels[where[1]], tuple):
            return found
        return None

    def file_name(self, where: Where) -> str:
        """The path of its image or sound; empty where that is in no file, as a text is."""
        given = self.input(where)
        return str(given) if isinstance(given, str | Path) else ""

    @property
    def in_files(self) -> bool:
        """Whether its inputs are files of their own."""
        return bool(self.file_name(("train", 0)))

    def place(self, where: Where) -> str:
        """Where it is: "photos/train/a.jpg", "reviews.csv:12"."""
        part = self.parts[where[0]]
        return part.rows.place(int(part.indices[where[1]]))

    def about(self, where: Where, words: str) -> str:
        """What is said of an example, and its text where it is one."""
        return f"{self.place(where)} {words}{self._text(where)}"

    def pair(self, one: Where, other: Where) -> str:
        """Two examples that are alike, and their text where they are texts."""
        return f"{self.place(one)} = {self.place(other)}{self._text(one)}"

    def contradiction(self, one: Where, other: Where) -> str:
        """Two examples that are alike, with their labels, or the first tag in which they differ."""
        labels: Any = (self.label(one), self.label(other))
        if isinstance(self.parts[one[0]].labels, Structures):
            differing = [pair for pair in zip(*labels, strict=False) if pair[0] != pair[1]]
            labels = differing[0] if differing else labels
        first, second = (
            f"{self.place(where)} ({_shown(label)})"
            for where, label in zip((one, other), labels, strict=True)
        )
        return f"{first} = {second}{self._text(one)}"

    def _text(self, where: Where) -> str:
        given = self.input(where)
        if not isinstance(given, tuple):
            return ""
        return ": " + " | ".join(repr(cut(" ".join(flat(text).split()))) for text in given)


def flat(text: Any) -> str:
    """A text, words, or a chat, as one text."""
    if isinstance(text, Chat):
        return " ".join(turn.content for turn in text)
    return " ".join(text) if isinstance(text, tuple) else str(text)


def _shown(label: Any) -> str:
    return cut((", ".join(map(str, label)) or "none") if isinstance(label, tuple) else label)


def _is_again(part: Selection, others: Iterable[Selection]) -> bool:
    """Whether the rows of `part` are exactly those of `others`, as where one path is given for two splits."""
    same = [other for other in others if other.rows.name == part.rows.name and other.rows is not part.rows]
    known = {other.rows.place(row) for other in same for row in other.indices.tolist()}
    return bool(known) and known == {part.rows.place(row) for row in part.indices.tolist()}
