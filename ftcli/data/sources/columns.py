"""Which column of a table plays which role, by the configuration or else by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Modality, Wants
from ftcli.errors import UserError, did_you_mean, shortened
from ftcli.media.audio import wav_bytes

# Names that are taken for a role, likeliest group first. Two of one group are ambiguous.
LABELS = (
    ("label", "labels"),
    (
        "target",
        "class",
        "category",
        "sentiment",
        "score",
        "rating",
        "stars",
        "emotion",
        "intent",
        "topic",
        "y",
    ),
)
TAGS = (("tags", "tag", "ner_tags", "ner", "labels", "label"), ("upos", "pos_tags", "pos"))
WORDS = (("tokens", "words", "word", "form"), ("text", "sentence"))
# A text to write is never guessed from a column called `text` of a table of texts: that is what it is written from.
TARGETS: Mapping[Modality, Sequence[Sequence[str]]] = {
    "text": (
        ("target", "targets"),
        ("translation", "summary", "answer", "output", "highlights", "response", "completion", "reply"),
    ),
    "audio": (
        ("transcript", "transcription", "target"),
        ("text", "sentence", "normalized_text", "utterance", "words"),
    ),
}
TEXTS = (
    ("text",),
    ("sentence", "review", "content", "document", "comment", "message", "tweet", "body", "question", "query"),
)
SPOKEN = (
    ("text", "transcript", "transcription"),
    ("sentence", "normalized_text", "utterance", "words"),
)
SPEAKERS = (("speaker", "speaker_id", "speaker_name", "voice"),)
SOURCES = (  # what a text is written from
    ("text",),
    ("source", "article", "document", "dialogue", "input", "question", "sentence", "content", "body"),
)
IMAGES = (
    ("image", "image_path"),
    ("path", "file", "filename", "file_name", "filepath", "file_path", "img", "picture", "photo"),
)
SOUNDS = (
    ("audio", "audio_path", "sound", "speech"),
    ("path", "file", "filename", "file_name", "filepath", "file_path", "wav", "clip", "recording"),
)
FILES: Mapping[str, Sequence[Sequence[str]]] = {"image": IMAGES, "audio": SOUNDS}
INPUTS: Mapping[Modality, tuple[str, ...]] = {
    "image": ("image",),
    "text": ("text", "text_pair"),
    "audio": ("audio",),
}
TEXT_NAMES: Mapping[Wants, Sequence[Sequence[str]]] = {"tags": WORDS, "text": SOURCES, "speech": SPOKEN}
# The role of what is learned, where that is no label.
ANSWERS: Mapping[Wants, str] = {
    "text": "target",
    "transcript": "target",
    "tokens": "target",
    "speech": "audio",
}
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
    label: str | None = None
    target: str | None = None

    def used(self) -> dict[str, str]:
        """Role to column, for the roles that are played."""
        pairs = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {role: column for role, column in pairs if column is not None}

    def pair(self) -> dict[str, str]:
        """Those of a text and of the second text of its pair; none where texts are alone."""
        used = self.used()
        return {role: used[role] for role in ("text", "text_pair")} if "text_pair" in used else {}

    def inputs(self, cells: Mapping[str, Any], root: Path) -> dict[str, Any]:
        """`Example.inputs` of one row; the paths of files are relative to `root`."""
        used = self.used()
        used.pop("label", None)
        return {
            role: _file(cells[column], root) if role in FILES else as_words(cells[column])
            for role, column in used.items()
        }


def answer_role(wants: Wants) -> str:
    """The role of the column with what a task learns."""
    return ANSWERS.get(wants, "label")


def files_of(modality: Modality, wants: Wants) -> Modality:
    """What the files of an experiment are: for speech the sounds that are the target."""
    return "audio" if wants == "speech" else modality


def for_table(data: Data, columns: Sequence[str]) -> Data:
    """`data` for a table, where it has a `pattern`: what it says of fields of names is for the folder that has them."""
    if data.pattern is None:
        return data
    roles: Any = {one.name: None for one in fields(Roles) if getattr(data, one.name) not in columns}
    return replace(data, **roles)


def answer_names(modality: Modality, wants: Wants) -> Sequence[Sequence[str]]:
    """Names that are taken for the column with what a task learns."""
    if wants == "tags":
        return TAGS
    return {"label": LABELS, **FILES}.get(answer_role(wants)) or TARGETS[modality]


def as_text(cell: object) -> str:
    """A text cell as a string; None is an empty text."""
    return "" if cell is None else cell if isinstance(cell, str) else str(cell)


def as_words(cell: object) -> str | tuple[str, ...]:
    """A text cell as a string, or as its words where it is a list of them."""
    return tuple(map(as_text, cell)) if isinstance(cell, list | tuple) else as_text(cell)


def read_keys(modality: Modality) -> frozenset[str]:
    """The keys of `schema.Data` that every source with columns takes notice of, where the task does."""
    roles = (one.name for one in fields(Roles))
    return frozenset({*roles, "label_separator", *(("root",) if modality in FILES else ())})


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
        self, modality: Modality, wants: Wants, *, labelled: bool = True
    ) -> tuple[Roles, tuple[str, ...]]:
        """The columns to read, and a note on those that were guessed; without a label unless `labelled`.

        Raises `DataError` where none fits.
        """
        answer = answer_role(wants)
        speaker = ("speaker",) if wants == "speech" else ()
        roles = self._given(modality, (*speaker, *((answer,) if labelled else ())))
        labelled = labelled and wants != "tokens"  # whose answers are only those that the user names
        named = set(roles.used())
        if labelled and getattr(roles, answer) is None:
            roles = replace(roles, **{answer: self._by_name(answer, answer_names(modality, wants), roles)})
        if speaker and roles.speaker is None:
            roles = replace(roles, speaker=self._by_name("speaker", SPEAKERS, roles))
        if modality in FILES and getattr(roles, modality) is None:
            found = self._by_name(modality, FILES[modality], roles) or self._rest(modality, roles)
            roles = replace(roles, **{modality: found})
        if modality == "text" and roles.text is None:
            roles = self._texts(roles, wants)
        if labelled and getattr(roles, answer) is None:
            roles = replace(roles, **{answer: self._rest(answer, roles)})
        self._distinct(roles)
        guessed = {role: column for role, column in roles.used().items() if role not in named}
        words = ", ".join(f"{role} from column {column!r}" for role, column in guessed.items())
        return roles, ((f"{self.name}: {words}",) if words else ())

    def _given(self, modality: Modality, answers: Sequence[str]) -> Roles:
        given = {role: getattr(self.data, role) for role in (*INPUTS[modality], *answers)}
        for role, column in given.items():
            if column is not None and column not in self.columns:
                raise self._missing(role, column)
        return Roles(**given)

    def _missing(self, role: str, column: str) -> UserError:
        near = did_you_mean(column, self.columns)
        problem = f"{self.name} has no column {column!r}.{near} It has: {shortened(self.columns)}"
        return self.places.error(role, problem if near else problem + self._hint())

    def _texts(self, roles: Roles, wants: Wants) -> Roles:
        free = self._free(roles)
        paired = wants in ("category", "number") and roles.text_pair is None
        for first, second in PAIRS if paired else ():
            if first in free and second in free:
                return replace(roles, text=free[first], text_pair=free[second])
        found = self._by_name("text", TEXT_NAMES.get(wants, TEXTS), roles)
        return replace(roles, text=found or self._rest("text", roles))

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
