"""Findings on groups, such as the recordings of one speaker or the slices of one patient, that are in several splits.

What belongs together is guessed, by a column that is called so or by how file names begin, so these are notes.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from ftcli.data.splitting.same_content import Where
from ftcli.errors import cut, listing
from ftcli.findings.corpus import Corpus
from ftcli.findings.finding import Finding, first

_WORDS = (
    "patient",
    "subject",
    "participant",
    "person",
    "speaker",
    "user",
    "author",
    "session",
    "video",
    "group",
)
# Names of columns whose values are groups.
COLUMN = re.compile(rf"(?:{'|'.join(_WORDS)})s?(?:[ _-]?(?:id|name|no|nr|number))?", re.IGNORECASE)
# The name of a file that has a number, or a frame such as f0010, behind what its group is called.
_NUMBERED = re.compile(r"(.+)[ ._-][A-Za-z]{0,6}\d+")
# A date says when something was taken and not of what.
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d(?!\d)")
# Names that have to be so, of all: with fewer, it is not how the files are named.
_SHARE = 0.9
# Examples in a group, on average: ids of two examples are not groups.
_LEAST = 3


@dataclass(slots=True)
class _Groups:
    """The first example of each group in each split, and the labels that it has."""

    members: dict[Hashable, dict[str, Where]] = field(default_factory=dict)
    labels: dict[Hashable, set[Hashable]] = field(default_factory=dict)
    examples: int = 0

    def add(self, name: Hashable, where: Where, label: Hashable) -> None:
        self.members.setdefault(name, {}).setdefault(where[0], where)
        self.labels.setdefault(name, set()).add(label)
        self.examples += 1

    def shared(self) -> dict[Hashable, dict[str, Where]]:
        """Those in several splits; none where these are too small to be groups, or the classes by another name."""
        if len(self.members) < 2 or self.examples < _LEAST * len(self.members) or self._are_classes():
            return {}
        return {name: there for name, there in self.members.items() if len(there) > 1}

    def _are_classes(self) -> bool:
        """Whether each group has one label, and each label one group."""
        labels = [one for found in self.labels.values() for one in found]
        return None not in labels and len(labels) == len(set(labels)) == len(self.labels)


def on_groups(corpus: Corpus) -> Iterator[Finding]:
    """Groups in several splits: by each column that is kept and called so, else by the names of files."""
    if len(corpus.parts) < 2:
        return
    columns = _by_column(corpus)
    for column, groups in columns.items():
        if shared := groups.shared():
            yield _finding(
                corpus, shared, len(groups.members), f"values of {column}", f"data.val: {column} in ..."
            )
    if not columns and (shared := (named := _by_name(corpus)).shared()):
        what = "groups of files whose names begin alike"
        yield _finding(corpus, shared, len(named.members), what, "a folder or a table for each split")


def _by_column(corpus: Corpus) -> Mapping[str, _Groups]:
    found: dict[str, _Groups] = {}
    train = corpus.parts["train"]
    if not any(map(COLUMN.fullmatch, train.rows.attributes(int(train.indices[0])))):
        return found
    for where in corpus.all():
        part = corpus.parts[where[0]]
        for column, value in part.rows.attributes(int(part.indices[where[1]])).items():
            if COLUMN.fullmatch(column) and isinstance(value, str | int) and str(value).strip():
                found.setdefault(column, _Groups()).add(value, where, corpus.label(where))
    return found


def _by_name(corpus: Corpus) -> _Groups:
    """By what stands before the last number of a file's name, if it has a number in it or one of the words."""
    groups, wheres = _Groups(), corpus.all() if corpus.in_files else []
    for seen, where in enumerate(wheres):
        if len(wheres) - seen + groups.examples < _SHARE * len(wheres):
            return _Groups()
        name = _group_of(corpus.file_name(where))
        if name is not None:
            groups.add(name, where, corpus.label(where))
    return groups


def _group_of(file: str) -> str | None:
    match = _NUMBERED.fullmatch(PurePath(file).stem)
    if match is None or _DATE.search(match[1]):
        return None
    named = any(char.isdigit() for char in match[1]) or any(word in match[1].lower() for word in _WORDS)
    return match[1] if named else None


def _finding(
    corpus: Corpus, shared: Mapping[Hashable, Mapping[str, Where]], total: int, what: str, how: str
) -> Finding:
    splits = listing(dict.fromkeys(role for there in shared.values() for role in there))
    verb = "is" if len(shared) == 1 else "are"
    return Finding(
        "group-in-two-splits",
        "note",
        len(shared),
        f"{len(shared):,} of {total:,} {what} {verb} in more than one of {splits}",
        first(
            f"{cut(name)}: " + ", ".join(map(corpus.place, there.values())) for name, there in shared.items()
        ),
        f"if the model will meet new ones, each belongs in one split: {how}",
    )
