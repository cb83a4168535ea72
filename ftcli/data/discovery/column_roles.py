"""Which role each column of a table most likely plays, and which one a task needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ftcli.contracts import TargetKind
from ftcli.contracts.column_names import PAIRS
from ftcli.contracts.modalities import AUDIO, FILE_ROLES, MODALITIES, TEXT, ColumnNames
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.cells.named import columns_of
from ftcli.data.discovery.asked import NOTHING, Asked
from ftcli.data.discovery.column_profile import Column
from ftcli.data.names.split_names import split_of
from ftcli.data.sources.columns import Roles
from ftcli.errors import DataError, counted, did_you_mean, listing

_NUMBER = KINDS["number"]
# What a column that numbers the rows is called, perhaps behind a word: id, review_id.
COUNTERS = ("id", "idx", "index", "uid")


@dataclass(frozen=True, slots=True)
class Guess:
    """The roles of columns, and the columns that could be the label as well, in words."""

    roles: Roles
    others: tuple[str, ...] = ()


def guess(columns: Sequence[Column], name: str, asked: Asked = NOTHING) -> Guess:
    """The likeliest roles for labels or transcripts.

    Raises `DataError` where there is nothing to learn from or to learn, or nothing that is likelier than the rest.
    """
    files = {role: _file(columns, role) for role in FILE_ROLES}
    sound = files[AUDIO.name] if asked.label is None and asked.allows(KINDS["transcript"]) else None
    if sound is not None and (said := _transcript(columns)) is not None:
        return Guess(Roles(audio=sound.file, target=said.name))
    free = [column for column in columns if column not in files.values()]
    if asked.label is not None:
        return Guess(_inputs(columns, files, [named_column(columns, asked.label, name)], name))
    if asked.allows(KINDS["multi-label"]) and (several := _marks(free)):
        return Guess(_inputs(columns, files, several, name))
    label, others = _label(free, asked, name)
    roles = _inputs(columns, files, [] if label is None else [label], name)
    used = {column for named in roles.used().values() for column in columns_of(named)}
    return Guess(roles, tuple(_described(one) for one in others if one.name not in used))


def named_column(columns: Sequence[Column], label: str, name: str) -> Column:
    """The column that the user names. Raises `DataError` for one that is not there."""
    names = [column.name for column in columns]
    if label not in names:
        near = did_you_mean(label, names)
        raise DataError(f"--label: {name} has no column {label!r}.{near} Columns: {listing(names, 40)}")
    return columns[names.index(label)]


def written_roles(columns: Sequence[Column], kind: TargetKind, asked: Asked, name: str) -> Roles:
    """The roles for a task whose targets are texts or sounds, by the names of columns and what they hold.

    Raises `DataError` where there is no column for one of them.
    """
    target = _target(columns, kind, asked, name)
    rest = [column for column in columns if column is not target]
    roles = Roles().with_column(kind.role, None if target is None else target.file)
    modality = asked.modality or TEXT
    if modality.in_files:
        source = _file(rest, modality.name)
    else:
        words = [column for column in rest if column.filled and not column.is_file and not column.is_numeric]
        source = _called(words, kind.text_columns or modality.columns) or _texts(rest)[0]
    if source is None:
        raise _missing(f"{modality.name} to learn from", columns, name)
    return roles.with_column(modality.name, source.file)


def _target(columns: Sequence[Column], kind: TargetKind, asked: Asked, name: str) -> Column | None:
    """The column with what is to be written or spoken; None for a task that learns its texts themselves."""
    if asked.label is not None:
        return named_column(columns, asked.label, name)
    if kind.files is not None:
        found = _file(columns, kind.files.name)
    elif kind.verbatim:
        found = _transcript(columns)
    else:
        texts = [column for column in columns if column.filled and not column.is_file]
        found = _called(texts, kind.columns)
    if found is None and kind.guessed:
        raise _missing(f"{kind.role} to learn; --label COLUMN names it", columns, name)
    return found


def _missing(what: str, columns: Sequence[Column], name: str) -> DataError:
    return DataError(
        f"{name}: no column looks like the {what}. Columns: {listing([c.name for c in columns], 40)}"
    )


def _inputs(
    columns: Sequence[Column], files: Mapping[str, Column | None], labels: Sequence[Column], name: str
) -> Roles:
    """The roles of the inputs beside those of the labels, of which several are columns of 0 and 1."""
    names = tuple(column.name for column in labels)
    label = names if len(names) > 1 else next(iter(names), None)
    for role, file in files.items():
        if file is not None and label is not None:
            return Roles(label=label).with_column(role, file.file)
    text, pair = _texts([column for column in columns if column not in labels])
    if text is None:
        raise _missing("text or path of an image or a sound", columns, name)
    if label is None:
        raise _missing("label; --label COLUMN names it", columns, name)
    return Roles(text=text.name, text_pair=pair.name if pair else None, label=label)


def _marks(columns: Sequence[Column]) -> list[Column]:
    """The columns of 0 and 1, if they are several and none is called as a label usually is."""
    known = {name for group in KINDS["single-label"].columns for name in group}
    marks = [column for column in columns if column.is_mark]
    named = any(column.name.strip().lower() in known and column.is_label for column in columns)
    return [] if named or len(marks) < 2 else marks


def _label(columns: Sequence[Column], asked: Asked, name: str) -> tuple[Column | None, list[Column]]:
    """The likeliest label, and the others that could be it. Raises `DataError` where several are as likely.

    Likelier is a usual name, then the only column of measured numbers.
    """
    usual = KINDS["single-label"].columns
    fitting = [
        column
        for column in columns
        if column.is_label and (_called([column], usual) or not (column.is_date or _is_counter(column)))
    ]
    if asked.kind is _NUMBER:
        fitting = [column for column in fitting if column.is_numeric]
    fitting = [column for column in fitting if not _is_beside(column)] or fitting
    found = _called(fitting, usual)
    measured = [column for column in fitting if column.is_numeric and column.fractions]
    if found is None and len(fitting) == 1:
        found = fitting[0]
    if found is None and len(measured) == 1:
        found = measured[0]
    if found is None and fitting:
        ways = "\n".join(f"  --label {_described(column)}" for column in fitting)
        raise DataError(f"{name}: {len(fitting)} columns could be what is to be learned. Say which:\n{ways}")
    return found, [column for column in fitting if column is not found]


def _is_beside(column: Column) -> bool:
    """Whether a column numbers the rows, or says to which split they belong."""
    return column.is_unique_number or all(split_of(value) is not None for value in column.values)


def _is_counter(column: Column) -> bool:
    """Whether a column numbers the rows without a gap, or is called so."""
    if not column.is_unique_number:
        return False
    numbers = [float(value) for value in column.values]
    named = column.name.strip().lower().replace("-", "_").split("_")[-1] in COUNTERS
    return named or max(numbers) - min(numbers) + 1 == len(numbers)


def _described(column: Column) -> str:
    """A column that could be the label, with what it holds."""
    if column.is_quantity:
        return f"{column.name} (numbers)"
    return f"{column.name} ({counted(len(column.values), 'value')})"


def _transcript(columns: Sequence[Column]) -> Column | None:
    """The column with what is said: one that is called so, else one of several words."""
    words = [column for column in columns if column.filled and not column.is_file and not column.is_numeric]
    # Of equals the last: in it numbers and abbreviations may be spelled out.
    longest = max((c for c in reversed(words) if c.is_text), key=lambda column: column.words, default=None)
    return _called(words, KINDS["transcript"].columns) or longest


def _file(columns: Sequence[Column], name: str) -> Column | None:
    """The column of files that hold images, or sounds: one that is called so, else that with the fewest values."""
    files = [column for column in columns if column.holds(name)]
    fewest = min(files, key=lambda column: len(column.values), default=None)
    return _called(files, MODALITIES[name].columns) or fewest


def _called(columns: Sequence[Column], known: ColumnNames) -> Column | None:
    """The first column with a known name, likeliest names first."""
    for group in known:
        for column in columns:
            if column.name.strip().lower() in group:
                return column
    return None


def _texts(columns: Sequence[Column]) -> tuple[Column | None, Column | None]:
    """The text, and the second text of a pair."""
    named = {column.name.strip().lower(): column for column in columns}
    for first, second in PAIRS:
        if first in named and second in named:
            return named[first], named[second]
    texts = [column for column in columns if column.is_text]
    if (called := _called(texts, TEXT.columns)) is not None:
        return called, None
    if len(texts) == 2 and _alike(*texts):
        return texts[0], texts[1]
    return max(texts, key=lambda column: column.words, default=None), None


def _alike(one: Column, other: Column) -> bool:
    shorter, longer = sorted((one.words / one.filled, other.words / other.filled))
    return longer < 3 * shorter
