"""What study.json holds: what is known of a study before its first step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ftcli.errors import RunError
from ftcli.studies.tuning.space import Choices, Dimension, Range, Value
from ftcli.system import durable
from ftcli.system.bounded import read_json

_LARGEST = 1 << 26


@dataclass(frozen=True, slots=True)
class Facts:
    """What the default is, and what is searched around it."""

    # How the user calls it.
    name: str
    space: tuple[Dimension, ...]
    start: Mapping[str, Value]
    metric: str
    # Optimizer steps of the default.
    steps: int
    # Examples of the validation split.
    validated: int
    seed: int
    # The freezing policy of the default.
    policy: str
    # What `--search` asked for, in its words; nothing for the default space.
    search: tuple[str, ...] = ()

    def write(self, path: Path) -> None:
        """Write them, as the last file of a study that begins."""
        durable.write_text(path, json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> Facts:
        """What was written. Raises `RunError` for a file that is damaged."""
        try:
            known: dict[str, Any] = read_json(path, _LARGEST)
            space = tuple(_dimension(one) for one in known.pop("space"))
            facts = cls(**known | {"space": space, "search": tuple(known["search"])})
            _check_types(facts)
        except (*durable.UNREADABLE, KeyError, TypeError) as error:
            raise RunError(f"{path}: cannot be read: {error}") from error
        return facts


def _dimension(known: Mapping[str, Any]) -> Dimension:
    values = known["values"]
    kept = Choices(tuple(values["values"])) if "values" in values else Range(**values)
    return Dimension(known["key"], kept, known["relative"])


def _check_types(facts: Facts) -> None:
    """Raise `TypeError` for what no study has written."""
    numbers, words = (facts.steps, facts.validated, facts.seed), (facts.name, facts.metric, facts.policy)
    if not all(type(one) is int for one in numbers) or not all(isinstance(one, str) for one in words):
        raise TypeError("a number is a text, or a text is a number")
