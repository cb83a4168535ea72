"""Class names: given, put in order, restricted, and compared between splits."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.data.cells.numerals import same_numbers, whole
from ftcli.data.sampling import Indices
from ftcli.data.sources.base import Rows
from ftcli.data.targets.columns import Categories, Structures
from ftcli.data.targets.relabel import relabelled
from ftcli.errors import DataError, did_you_mean, shortened
from ftcli.system.paths import no_such_path
from ftcli.system.read_files import note_read


def class_names(data: Data, places: Places) -> tuple[str, ...] | None:
    """`data.class_names` as names: given as a list, or in a file with one a line."""
    given = data.class_names
    if given is None:
        return None
    names = given if isinstance(given, tuple) else _from_file(Path(given).expanduser(), places)
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise places.error("class_names", f"more than one class is called {shortened(map(repr, twice))}")
    return names


def _from_file(path: Path, places: Places) -> tuple[str, ...]:
    if not path.is_file():
        raise places.error(
            "class_names", f"a list of names or a file with one a line is wanted; {no_such_path(path)}"
        )
    note_read(path)
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        raise places.error("class_names", f"{path} is not a UTF-8 text") from None
    while lines and not lines[-1]:
        lines.pop()
    if "" in lines:
        raise places.error(
            "class_names", f"{path}:{lines.index('') + 1}: this line is empty: a name is wanted"
        )
    return tuple(lines)


def renamed(
    labels: Categories | Structures, names: Sequence[str], rows: Rows, places: Places
) -> Categories | Structures:
    """The labels 0, 1, ... by their names; one that is a name already is kept. Raises for any other."""
    known = frozenset(names)

    def rename(name: str) -> str:
        if (new := numbered(name, names)) in known:
            return new
        first = rows.place(labels.first(name))
        raise places.error(
            "class_names",
            f"{first}: label {name!r} is not one of 0..{len(names) - 1}, the {len(names)} names",
        )

    return relabelled(labels, rename) if isinstance(labels, Structures) else labels.renamed(rename)[0]


def numbered(text: str, names: Sequence[str]) -> str:
    """The name that a text 0, 1, ... (or 0.0, 1.0) stands for; any other text as it is."""
    number = whole(text)
    return names[int(number)] if number.isdecimal() and int(number) < len(names) else text


def restricted(
    labels: Categories | Structures, classes: Sequence[str]
) -> tuple[Categories | Structures, Indices]:
    """Only these classes: the labels of the examples that have one of them, and which examples these are.

    Where an example holds many things, all examples are kept, with the things of these classes.
    """
    known = frozenset(classes)
    if isinstance(labels, Structures):
        return relabelled(labels, lambda name: name if name in known else None), np.arange(len(labels))
    found, kept = labels.renamed(lambda name: name if name in known else None)
    return found.take(kept), kept


def ordered(
    found: Iterable[str], chosen: Sequence[str] | None, names: Sequence[str] | None, places: Places
) -> tuple[str, ...]:
    """The order of the classes: as configured, as numbered, by number, or by name."""
    present = set(found)
    if chosen is not None:
        for name in chosen:
            if name not in present:
                near = did_you_mean(name, present)
                has = shortened(_sorted(present))
                raise places.error(
                    "classes", f"no training example has the class {name!r}.{near} There are: {has}"
                )
        return tuple(dict.fromkeys(chosen))
    if names is not None:
        return tuple(name for name in names if name in present)
    return _sorted(present)


def _sorted(names: set[str]) -> tuple[str, ...]:
    if all(name.removeprefix("-").isdecimal() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def in_known_form(labels: Categories, classes: Sequence[str]) -> tuple[Categories, str]:
    """The labels with numbers in the form that the classes have, 1 for 1.0; and what was changed, in words."""
    counts = {name: count for name, count in labels.counts().items() if count}
    changed = same_numbers(counts, classes)
    if not changed:
        return labels, ""
    first, total = next(iter(changed)), sum(counts[name] for name in changed)
    words = (
        f"{total:,} labels such as {first!r} are the classes such as {changed[first]!r} of the training split"
    )
    return labels.renamed(lambda name: changed.get(name, name))[0], words


def check_seen(
    labels: Categories | Structures, classes: Sequence[str], rows: Rows, indices: Indices, split: str
) -> None:
    """Raise `DataError` for labels that training does not have: they are neither dropped nor learnable."""
    known = frozenset(classes)
    unseen = [(name, count) for name, count in labels.counts().items() if count and name not in known]
    if not unseen:
        return
    words = []
    for name, count in unseen[:5]:
        place = rows.place(int(indices[labels.first(name)]))
        what = labels.kind.counted + ("s" if count > 1 else "")
        examples = f"{count:,} {what}, the first at {place}"
        near = did_you_mean(name, classes).replace(" Did", "; did", 1)
        if any(unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", one) for one in classes):
            near = "; training has the same name with characters that are composed otherwise, NFC or NFD"
        words.append(f"{name!r} ({examples}{near})")
    more = f" and {len(unseen) - 5} more" if len(unseen) > 5 else ""
    raise DataError(
        f"{rows.name}: the {split} split has labels that the training split does not have: "
        f"{', '.join(words)}{more}. Training has: {shortened(classes)}. "
        "Correct them, or list the classes to use in data.classes"
    )
