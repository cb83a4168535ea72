"""Which column of a table plays which role, by the configuration or else by its name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, Modality, TargetKind
from ftcli.contracts.column_names import PAIRS, SPEAKERS
from ftcli.contracts.modalities import FILE_ROLES, ColumnNames
from ftcli.data.cells.files import file_of
from ftcli.data.cells.named import Named, NamePattern, cell_of, columns_of, named_file
from ftcli.data.cells.texts import as_words
from ftcli.data.chats.prompts import exchange, prompt_column, unread_columns
from ftcli.data.formats.fields import is_field, path_of
from ftcli.errors import UserError, did_you_mean, shortened

MORE_ROLES: Mapping[str, ColumnNames] = {"speaker": SPEAKERS}  # usual names of columns of further inputs


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of columns; None where a role is not played.

    A file may be a name with columns in braces, such as "{id}.jpg", and a label several columns of 0 and 1.
    """

    image: str | None = None
    audio: str | None = None
    speaker: str | None = None
    text: str | None = None
    text_pair: str | None = None
    context: str | None = None
    label: Named | None = None
    target: str | None = None
    sentence: str | None = None
    keep: tuple[str, ...] = ()  # columns that no role is for, which become attributes

    def used(self) -> dict[str, Named]:
        """Role to column, for the roles that are played."""
        pairs = ((role, getattr(self, role)) for role in ROLES)
        return {role: column for role, column in pairs if column is not None}

    def columns(self, *without: str) -> list[str]:
        """The columns of all roles but those `without`, and those to keep; each once."""
        named = (named for role, named in self.used().items() if role not in without)
        return list(dict.fromkeys((*(column for one in named for column in columns_of(one)), *self.keep)))

    def with_column(self, role: str, column: str | None) -> Roles:
        """The same with another column for a role."""
        changed: dict[str, Any] = {role: column}
        return replace(self, **changed)

    def read_again(self) -> list[str]:
        """The columns that are read when an example is asked for: all but that of the label."""
        return self.columns(*NOT_INPUTS)

    def joint(self) -> dict[str, str]:
        """Those of a text and of what belongs to it: the other text of a pair, its context, its answer.

        None where texts are alone.
        """
        texts = {
            "text": self.text,
            "text_pair": self.text_pair,
            "context": self.context,
            "target": self.target,
        }
        found = {role: column for role, column in texts.items() if column is not None}
        return found if self.text is not None and len(found) > 1 else {}

    def inputs(self, cells: Mapping[str, Any], root: Path) -> dict[str, Any]:
        """`Example.inputs` of one row; the paths of files are relative to `root`."""
        cells = cells if self.context is None else {self.context: None, **cells}
        read = {role: cell_of(cells, named) for role, named in self.used().items() if role not in NOT_INPUTS}
        found = {
            role: file_of(cell, root) if role in FILE_ROLES else as_words(cell) for role, cell in read.items()
        }
        return exchange(found)


ROLES = tuple(one.name for one in fields(Roles) if one.name != "keep")
# Roles of columns that are read once, for the targets.
NOT_INPUTS = ("label", "sentence")


def files_of(inputs: Inputs, kind: TargetKind) -> Modality:
    """What the files of an experiment are: those of the target, of an input, or else the texts themselves."""
    return kind.files or next((one for one in inputs if one.in_files), inputs[0])


def for_table(data: Data, columns: Collection[str]) -> Data:
    """`data` for a table that it does not name: columns to keep may be missing.

    Where it has a `pattern`, what it says of fields of names is for the folder that has them.
    """
    kept = tuple(column for column in data.keep or () if column in columns)
    data = replace(data, keep=kept)
    if data.pattern is None:
        return data
    named = {role: getattr(data, role) for role in ROLES if getattr(data, role) is not None}
    roles: Any = {role: None for role, one in named.items() if not set(columns_of(one)) <= set(columns)}
    return replace(data, **roles)


def read_keys(files: Modality) -> frozenset[str]:
    """The keys of `schema.Data` that every source with columns takes notice of, where the task does."""
    keys = {*ROLES, "keep", "label_separator", "missing_labels"}
    return frozenset({*keys, *(("root",) if files.in_files else ())})


def _several(kind: TargetKind) -> bool:
    """Whether an example may have several labels."""
    return kind.many or kind.turns_to is not None


def _taken(named: Named) -> tuple[str, ...]:
    """The columns that have no other role: a column in a pattern may have one."""
    return () if isinstance(named, NamePattern) else columns_of(named)


@dataclass(frozen=True, slots=True)
class Search:
    """Looks for roles among the columns of one table; those that the user names may be `fields` within columns."""

    data: Data
    name: str
    columns: tuple[str, ...]
    places: Places
    fields: tuple[str, ...] = ()

    def roles(
        self, inputs: Inputs, kind: TargetKind, *, labelled: bool = True
    ) -> tuple[Roles, tuple[str, ...]]:
        """The columns to read, and a note on those that were guessed; without a label unless `labelled`.

        Raises `DataError` where none fits.
        """
        answers = (kind.role,) if labelled and kind.labelled else ()
        groups = () if kind.grouped is None else (kind.grouped,)
        texts = (role for one in inputs for role in one.roles)
        contexts = ("context",) if kind.contexts else ()
        roles = self._given((*texts, *contexts, *kind.more_roles, *groups, *answers))
        self._check_several(roles, kind)
        wanted = (
            kind.role if labelled and kind.guessed else None
        )  # else it is only a column that the user names
        named = set(roles.used())
        if wanted is not None and getattr(roles, wanted) is None:
            roles = roles.with_column(wanted, self._by_name(wanted, kind.columns, roles))
        for role in kind.more_roles:
            if getattr(roles, role) is None:
                roles = roles.with_column(role, self._by_name(role, MORE_ROLES[role], roles))
        for role in groups:
            if getattr(roles, role) is None:
                roles = roles.with_column(role, self._group(role, roles, kind))
        if any(one.tokenised for one in inputs) and kind.prompts:
            roles = self._exchange(roles, kind, labelled=labelled)
        for one in inputs:
            if getattr(roles, one.name) is None:
                roles = self._input(one, roles, kind)
        if wanted is not None and getattr(roles, wanted) is None:
            roles = roles.with_column(wanted, self._rest(wanted, roles, several=_several(kind)))
        self._distinct(roles)
        roles = replace(roles, keep=self._kept(roles))
        guessed = {role: column for role, column in roles.used().items() if role not in named}
        words = ", ".join(f"{role} from column {column!r}" for role, column in guessed.items())
        unread = unread_columns(self._free(roles), kind, roles.keep, joined=roles.context is not None)
        found = "; ".join(part for part in (words, unread) if part)
        return roles, ((f"{self.name}: {found}",) if words or (unread and roles.target is not None) else ())

    def _exchange(self, roles: Roles, kind: TargetKind, *, labelled: bool) -> Roles:
        """With the columns of a prompt, what belongs to it, and the answer, if columns are called so."""
        if roles.text is not None:
            return roles
        prompt = prompt_column(self._free(roles), kind, answered=roles.target is not None)
        if prompt is None:
            return roles
        found = roles.with_column("text", prompt)
        if labelled and found.target is None:
            found = found.with_column("target", self._by_name("target", kind.columns, found))
        if labelled and found.target is None:
            return roles
        if found.context is None:
            found = found.with_column("context", self._by_name("context", kind.contexts, found))
        return found

    def _group(self, role: str, roles: Roles, kind: TargetKind) -> str | None:
        """The column that says which rows belong together, if one is called so; not the one with the text."""
        if (found := self._by_name(role, kind.group_columns[:1], roles)) is not None:
            return found
        words = roles.text is not None or any(name in self._free(roles) for name in kind.text_columns[0])
        return self._by_name(role, kind.group_columns[1:], roles) if words else None

    def _given(self, wanted: Sequence[str]) -> Roles:
        given: dict[str, Any] = {role: getattr(self.data, role) for role in wanted}
        for role in FILE_ROLES:
            if given.get(role) is not None:
                given[role] = named_file(given[role], self.columns)
        for role, named in given.items():
            for column in columns_of(named) if named is not None else ():
                if not self._has(column):
                    raise self._missing(role, column)
        return Roles(**given)

    def _check_several(self, roles: Roles, kind: TargetKind) -> None:
        """Several columns are one label each, of examples that may have any number of them."""
        if isinstance(roles.label, tuple) and not (_several(kind) and roles.label):
            words = f"columns of 0 and 1 are classes, and this task {kind.does}: name one column"
            raise self.places.error("label", words if roles.label else "names no column")

    def _kept(self, roles: Roles) -> tuple[str, ...]:
        """`data.keep`. Raises `DataError` for a column that is not there, is named twice, or has a role."""
        kept = self.data.keep or ()
        for column in kept:
            if not self._has(column):
                raise self._missing("keep", column)
            if kept.count(column) > 1:
                raise self.places.error("keep", f"column {column!r} is named twice")
            for role, used in roles.used().items():
                if column in _taken(used):
                    raise self.places.error("keep", f"column {column!r} is already the {role}")
        return kept

    def _has(self, column: str) -> bool:
        return column in self.columns or is_field(column, self.fields)

    def _missing(self, role: str, column: str) -> UserError:
        near = did_you_mean(column, (*self.columns, *self.fields))
        problem = f"{self.name} has no column {column!r}.{near} It has: {self._listed()}"
        return self.places.error(role, problem if near else problem + self._hint())

    def _input(self, one: Modality, roles: Roles, kind: TargetKind) -> Roles:
        """The roles with the column of an input, or those of a pair of texts."""
        free = self._free(roles)
        paired = one.tokenised and kind.pairs and roles.text_pair is None
        for first, second in PAIRS if paired else ():
            if first in free and second in free:
                return replace(roles, text=free[first], text_pair=free[second])
        names = kind.text_columns if one.tokenised and kind.text_columns else one.columns
        found = self._by_name(one.name, names, roles) or self._rest(one.name, roles)
        return roles.with_column(one.name, found)

    def _free(self, roles: Roles) -> dict[str, str]:
        named = (column for one in roles.used().values() for column in _taken(one))
        taken = {path_of(column, self.columns)[0] for column in named}
        return {column.strip().lower(): column for column in self.columns if column not in taken}

    def _by_name(self, role: str, groups: Sequence[Sequence[str]], roles: Roles) -> str | None:
        free = self._free(roles)
        for group in groups:
            found = [column for name, column in free.items() if name in group]
            if len(found) > 1:
                raise self.places.error(
                    role, f"{self.name} has the columns {shortened(found)}: say which one"
                )
            if found:
                return found[0]
        return None

    def _rest(self, role: str, roles: Roles, *, several: bool = False) -> str:
        """The only column that is left, or an error."""
        free = [column for column in self._free(roles).values() if column not in roles.columns()]
        # With one role known, the only other column must be the other role; with none, nothing points to it.
        if len(free) == 1 and roles.used():
            return free[0]
        if twice := [name for name in dict.fromkeys(self.columns) if self.columns.count(name) > 1]:
            words = f"more than one column is called {shortened(map(repr, twice))}"
            raise self.places.error(role, f"{self.name}: {words}")
        problem = f"no column of {self.name} looks like the {role}: name it. It has: {self._listed()}"
        if several and len(free) > 1 and roles.used():
            hint = f"Columns of 0 and 1, one for each class, are named in a list: {role}: [{free[0]}, ...]"
            raise self.places.error(role, f"{problem}. {hint}")
        raise self.places.error(role, problem + self._hint())

    def _listed(self) -> str:
        """The columns, and what lies within them."""
        return shortened((*self.columns, *self.fields))

    def _distinct(self, roles: Roles) -> None:
        seen: dict[str, str] = {}
        for role, named in roles.used().items():
            for column in _taken(named):
                if column in seen:
                    raise self.places.error(role, f"column {column!r} is already the {seen[column]}")
                seen[column] = role

    def _hint(self) -> str:
        """What may be wrong with the whole table, when a column is not found."""
        if self.data.columns is not None or Path(self.name).suffix not in (".csv", ".tsv", ".txt", ".tab"):
            return ""
        if len(self.columns) == 1 and self.data.delimiter is None:
            for mark, yaml in (("\t", r'"\t"'), (";", '";"'), (",", '","'), ("|", '"|"')):
                if mark in self.columns[0]:
                    return f". If {mark!r} separates its columns, write delimiter: {yaml}"
        return ". If it has no header line, name its columns, as in columns: [text, label]"
