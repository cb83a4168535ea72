"""What a model takes of a request: its roles, and values of them as inputs of an example. Inputs are never paths."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.contracts import Example, TargetKind
from ftcli.contracts.modalities import FILE_ROLES, Inputs
from ftcli.data.chats.turns import is_chat
from ftcli.errors import cut, listing
from ftcli.ship.serving.limits import MOST_CHARACTERS, MOST_OF_ID
from ftcli.ship.serving.refusals import Refusal, unusable

# Names under which a file may come whatever the role.
FILES = ("file", "files")
_ID = "id"


@dataclass(frozen=True, slots=True)
class Takes:
    """The roles of a model's inputs. With `pairs` each text has a second one."""

    inputs: Inputs
    kind: TargetKind
    pairs: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        """All, as they are called in JSON and in forms."""
        found = [role for one in self.inputs for role in one.roles]
        return (*(role for role in found if self.pairs or role != "text_pair"), *self.kind.more_roles)

    @property
    def needed(self) -> tuple[str, ...]:
        """Those that every example has."""
        return (*(one.name for one in self.inputs), *(("text_pair",) if self.pairs else ()))

    @property
    def file_role(self) -> str | None:
        """The role of a file that comes by itself; None where examples have several inputs."""
        return self.inputs[0].name if len(self.needed) == 1 else None

    def example(self, given: Mapping[str, Any], number: int) -> Example:
        """An example of values by role, the `number`-th of its request. Raises `Refusal`."""
        id_ = given.get(_ID, str(number))
        if not isinstance(id_, str) or not id_ or len(id_) > MOST_OF_ID:
            raise unusable(f"example {number}: an id is a text of at most {MOST_OF_ID} characters")
        inputs = {role: value for role, value in given.items() if role != _ID}
        self._check(inputs, number)
        place = f"example {number}"
        return Example(id_, {role: self._input(role, value, place) for role, value in inputs.items()})

    def _check(self, inputs: Mapping[str, Any], number: int) -> None:
        unknown = [role for role in inputs if role not in self.roles]
        missing = [role for role in self.needed if role not in inputs]
        if unknown or missing:
            problem = f"does not know {cut(unknown[0])!r}" if unknown else f"needs {missing[0]!r}"
            raise unusable(f"example {number}: this model {problem}. It takes: {listing(self.roles)}")

    def _input(self, role: str, value: Any, place: str) -> Any:
        if role not in FILE_ROLES:
            return self._text(role, value, place)
        if isinstance(value, str):
            return _from_base64(value, f"{place}: {role}")
        # Bytes of a form, or an array, that another module has made.
        if isinstance(value, list | dict | int | float) or value is None:
            raise unusable(f"{place}: {role} is a file as base64, in a text")
        return value

    def _text(self, role: str, value: Any, place: str) -> Any:
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                raise unusable(f"{place}: {role} holds half of a surrogate pair: it is not UTF-8") from None
            return value
        if role in {one.name for one in self.inputs} and isinstance(value, list) and value:
            if self.kind.chats and is_chat(value):
                return value
            if self.kind.by_word and all(isinstance(word, str) for word in value):
                return tuple(self._text(role, word, place) for word in value)
        raise unusable(f"{place}: {role} is not a text")


def checked_characters(examples: Sequence[Example]) -> Sequence[Example]:
    """The examples. Raises `Refusal` where their texts are too long together."""
    count = sum(_characters(value) for one in examples for value in one.inputs.values())
    if count > MOST_CHARACTERS:
        raise Refusal(413, f"the texts have {count:,} characters, and at most {MOST_CHARACTERS:,} are read")
    return examples


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list | tuple) else 0


def _from_base64(text: str, place: str) -> bytes:
    """Bytes of base64, perhaps in a data URL. Raises `Refusal`; a text that may be a path is none."""
    content = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise unusable(
            f"{place} is not base64. Files are sent as base64 or in a form; a path is not opened"
        ) from None
