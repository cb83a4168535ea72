"""Recognising texts and what to write for them: two files of lines, or two columns of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ftcli.contracts import TargetKind
from ftcli.contracts.column_names import PAIRS
from ftcli.contracts.modalities import AUDIO
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.discovery.column_profile import Column
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import SPLITS, entries
from ftcli.data.sources.parallel_text import both
from ftcli.data.sources.records import ending
from ftcli.data.sources.tables import TABLES

_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?")
_FILE = re.compile(rf"(?P<split>[\w-]+)\.(?P<language>{_LANGUAGE.pattern})(?P<packed>\.gz)?")
WRITTEN = KINDS["text"]
PROMPTS = KINDS["tokens"]
SHORTER = frozenset({"summary", "highlights"})
ANSWERS = frozenset({"answer", "response", "reply", "output", "completion"})


def parallel_data(path: Path) -> dict[str, str] | None:
    """The splits of a folder with train.en, train.de, ...; of one such file, which is the source. None for others.

    Of a folder the language of the source is English where it is one of the two, else the first.
    """
    folder = path if path.is_dir() else path.parent
    first = _matched(path.name) if path.is_file() else None
    if path.is_file() and first is None:
        return None
    known = {name: match for name in entries(folder)[1] if (match := _matched(name))}
    train = [match for match in known.values() if match["split"].lower() in SPLITS["train"]]
    languages = sorted({match["language"] for match in train}, key=lambda code: (code[:2] != "en", code))
    if first is not None:
        languages.sort(key=lambda code: code != first["language"])
    if len(languages) != 2 or (first is not None and first["language"] not in languages):
        return None
    return dict(_splits(folder, languages, known)) or None


def _matched(name: str) -> re.Match[str] | None:
    """The parts of the name of a file of lines; a table ends in no language."""
    return None if ending(Path(name)) in TABLES else _FILE.fullmatch(name)


def _splits(
    folder: Path, languages: Sequence[str], known: dict[str, re.Match[str]]
) -> Iterator[tuple[str, str]]:
    braces = "{" + ",".join(languages) + "}"
    for split, names in SPLITS.items():
        stems = {match["split"]: match["packed"] or "" for match in known.values()}
        fitting = [stem for stem in stems if _is_split(stem, names)]
        for stem in sorted(fitting, key=len):
            value = str(folder / f"{stem}.{braces}{stems[stem]}")
            files = both(value)
            if files is not None and all(file.is_file() for file in files):
                yield split, value
                break


def _is_split(stem: str, names: Sequence[str]) -> bool:
    """Whether a name is that of a split, or begins with it: test, test_2016_flickr."""
    return re.split(r"[_-]", stem.lower())[0] in names


def writing_roles(columns: Sequence[Column]) -> Roles | None:
    """The text and the text to write, if that is what the columns are: by their names, or two texts and no label.

    A chat holds both, unless its answer is another chat. None where there are sounds.
    """
    chats = [column for column in columns if column.is_chat]
    if chats or any(column.holds(AUDIO.name) for column in columns):
        return (_exchange(chats) or Roles(text=chats[0].name)) if chats else None
    texts = {column.name.strip().lower(): column for column in columns if column.is_text}
    labels = {column.name.strip().lower() for column in columns if column.is_label}
    if any(labels & set(group) for group in KINDS["single-label"].columns):
        return None
    if any({first, second} <= texts.keys() for first, second in PAIRS):
        return None
    if (asked := _exchange(columns)) is not None:
        return asked
    target = _named(texts, WRITTEN.columns)
    source = _named({name: one for name, one in texts.items() if one is not target}, WRITTEN.text_columns)
    if target is None and len(texts) == 2 and not labels:
        first, second = texts.values()
        source, target = (second, first) if source is second else (first, second)
    if target is None:
        return None
    rest = [one for one in texts.values() if one is not target]
    source = source or (rest[0] if len(rest) == 1 else None)
    return None if source is None else Roles(text=source.name, target=target.name)


def _exchange(columns: Sequence[Column]) -> Roles | None:
    """A prompt, what belongs to it, and an answer, however short they are: by the names of all."""
    names = {
        column.name.strip().lower(): column for column in columns if column.filled and not column.is_file
    }
    prompt = _named(names, PROMPTS.prompts)
    answer = next((names[name] for name in names if name in ANSWERS and names[name] is not prompt), None)
    if prompt is None or answer is None:
        return None
    rest = {name: one for name, one in names.items() if one not in (prompt, answer)}
    context = _named(rest, PROMPTS.contexts)
    return Roles(text=prompt.name, context=context.name if context else None, target=answer.name)


def _named(texts: dict[str, Column], groups: Sequence[Sequence[str]]) -> Column | None:
    return next((texts[name] for group in groups for name in group if name in texts), None)


def writing_task(roles: Roles) -> tuple[str, TargetKind]:
    """The task that fits the name of the target, and its kind of target.

    An answer is best learned by a network that has read a lot.
    """
    name = (roles.target or "").strip().lower()
    # A text alone is a chat.
    if name in ANSWERS or roles.target is None:
        return "causal-language-modelling", KINDS["tokens"]
    return "summarization" if name in SHORTER else "translation", WRITTEN
