"""Which column of a table plays which role, by the configuration or else by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, Modality, TargetKind
from ftcli.contracts.chats import Chat
from ftcli.contracts.modalities import FILE_ROLES, ColumnNames
from ftcli.data.chats.prompts import prompt_column
from ftcli.data.chats.turns import chat_of, is_chat
from ftcli.errors import UserError, did_you_mean, shortened
from ftcli.media.audio import wav_bytes

SPEAKERS = (("speaker", "speaker_id", "speaker_name", "voice"),)
MORE_ROLES: Mapping[str, ColumnNames] = {"speaker": SPEAKERS}  # usual names of columns of further inputs
PAIRS = (
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("question1", "question2"),
    ("text1", "text2"),
    ("text_a", "text_b"),
    ("first", "second"),
)


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of columns; None where a role is not played."""

    image: str | None = None
    audio: str | None = None
    speaker: str | None = None
    text: str | None = None
    text_pair: str | None = None
    context: str | None = None
    label: str | None = None
    target: str | None = None
    sentence: str | None = None
    keep: tuple[str, ...] = ()  # columns that no role is for, which become attributes

    def used(self) -> dict[str, str]:
        """Role to column, for the roles that are played."""
        pairs = ((role, getattr(self, role)) for role in ROLES)
        return {role: column for role, column in pairs if column is not None}

    def with_column(self, role: str, column: str | None) -> Roles:
        """The same with another column for a role."""
        changed: dict[str, Any] = {role: column}
        return replace(self, **changed)

    def read_again(self) -> list[str]:
        """The columns that are read when an example is asked for: all but that of the label."""
        inputs = (column for role, column in self.used().items() if role not in NOT_INPUTS)
        return list(dict.fromkeys((*inputs, *self.keep)))

    def joint(self) -> dict[str, str]:
        """Those of a text and of what belongs to it: the other text of a pair, its context, its answer.

        None where texts are alone.
        """
        used = self.used()
        roles = [role for role in ("text", "text_pair", "context", "target") if role in used]
        return {role: used[role] for role in roles} if "text" in used and len(roles) > 1 else {}

    def inputs(self, cells: Mapping[str, Any], root: Path) -> dict[str, Any]:
        """`Example.inputs` of one row; the paths of files are relative to `root`."""
        found = {
            role: _file(cells[column], root) if role in FILE_ROLES else as_words(cells[column])
            for role, column in self.used().items()
            if role not in NOT_INPUTS
        }
        context: Any = found.pop("context", "")
        return found | {"text": f"{found['text']!s}\n\n{context}"} if str(context).strip() else found


ROLES = tuple(one.name for one in fields(Roles) if one.name != "keep")
# Roles of columns that are read once, for the targets.
NOT_INPUTS = ("label", "sentence")


def files_of(inputs: Inputs, kind: TargetKind) -> Modality:
    """What the files of an experiment are: those of the target, of an input, or else the texts themselves."""
    return kind.files or next((one for one in inputs if one.in_files), inputs[0])


def for_table(data: Data, columns: Sequence[str]) -> Data:
    """`data` for a table that it does not name: columns to keep may be missing.

    Where it has a `pattern`, what it says of fields of names is for the folder that has them.
    """
    kept = tuple(column for column in data.keep or () if column in columns)
    data = replace(data, keep=kept)
    if data.pattern is None:
        return data
    roles: Any = {role: None for role in ROLES if getattr(data, role) not in columns}
    return replace(data, **roles)


def as_text(cell: object) -> str:
    """A text cell as a string; None is an empty text."""
    return "" if cell is None else cell if isinstance(cell, str) else str(cell)


def as_words(cell: object) -> str | tuple[str, ...] | Chat:
    """A text cell as a string, or as its words or its turns where it is a list of them."""
    if is_chat(cell):
        return chat_of(cell)
    return tuple(map(as_text, cell)) if isinstance(cell, list | tuple) else as_text(cell)


def read_keys(files: Modality) -> frozenset[str]:
    """The keys of `schema.Data` that every source with columns takes notice of, where the task does."""
    return frozenset({*ROLES, "keep", "label_separator", *(("root",) if files.in_files else ())})


def stored(cell: Any) -> Any:
    """What a cell says of a file: a path, or its bytes.

    Hugging Face stores {"bytes": ..., "path": ...}, and a sound also as {"array": ..., "sampling_rate": ...}.
    """
    if not isinstance(cell, Mapping):
        return cell
    if cell.get("array") is not None:
        return wav_bytes(cell["array"], int(cell["sampling_rate"]))
    return cell["bytes"] if cell.get("bytes") is not None else cell.get("path")


def _file(cell: Any, root: Path) -> Path | bytes:
    found = stored(cell)
    return found if isinstance(found, bytes) else root / found


@dataclass(frozen=True, slots=True)
class Search:
    """Looks for roles among the columns of one table."""

    data: Data
    name: str
    columns: tuple[str, ...]
    places: Places

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
            roles = roles.with_column(wanted, self._rest(wanted, roles))
        self._distinct(roles)
        roles = replace(roles, keep=self._kept(roles))
        guessed = {role: column for role, column in roles.used().items() if role not in named}
        words = ", ".join(f"{role} from column {column!r}" for role, column in guessed.items())
        unread = self._unread(roles, kind)
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

    def _unread(self, roles: Roles, kind: TargetKind) -> str:
        """Which columns are left out of prompts and chats, for a note."""
        rest = [column for column in self._free(roles).values() if column not in roles.keep]
        names = {column.strip().lower() for column in rest} & set(chain(*kind.contexts))
        hint = "; data.context joins one to the text" if names and roles.context is None else ""
        return f"not read: {shortened(rest)}{hint}" if rest and kind.prompts else ""

    def _group(self, role: str, roles: Roles, kind: TargetKind) -> str | None:
        """The column that says which rows belong together, if one is called so; not the one with the text."""
        if (found := self._by_name(role, kind.group_columns[:1], roles)) is not None:
            return found
        words = roles.text is not None or any(name in self._free(roles) for name in kind.text_columns[0])
        return self._by_name(role, kind.group_columns[1:], roles) if words else None

    def _given(self, wanted: Sequence[str]) -> Roles:
        given = {role: getattr(self.data, role) for role in wanted}
        for role, column in given.items():
            if column is not None and column not in self.columns:
                raise self._missing(role, column)
        return Roles(**given)

    def _kept(self, roles: Roles) -> tuple[str, ...]:
        """`data.keep`. Raises `DataError` for a column that is not there, is named twice, or has a role."""
        kept = self.data.keep or ()
        for column in kept:
            if column not in self.columns:
                raise self._missing("keep", column)
            if kept.count(column) > 1:
                raise self.places.error("keep", f"column {column!r} is named twice")
            for role, used in roles.used().items():
                if used == column:
                    raise self.places.error("keep", f"column {column!r} is already the {role}")
        return kept

    def _missing(self, role: str, column: str) -> UserError:
        near = did_you_mean(column, self.columns)
        problem = f"{self.name} has no column {column!r}.{near} It has: {shortened(self.columns)}"
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
        taken = set(roles.used().values())
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

    def _rest(self, role: str, roles: Roles) -> str:
        """The only column that is left, or an error."""
        free = list(self._free(roles).values())
        # With one role known, the only other column must be the other role; with none, nothing points to it.
        if len(free) == 1 and roles.used():
            return free[0]
        problem = (
            f"no column of {self.name} looks like the {role}: name it. It has: {shortened(self.columns)}"
        )
        raise self.places.error(role, problem + self._hint())

    def _distinct(self, roles: Roles) -> None:
        seen: dict[str, str] = {}
        for role, column in roles.used().items():
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
