"""Where each key of a configuration was written, for the start of a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

from ftcli.errors import ConfigError, Mistake, ModelError, UserError


def join(key: str, name: str) -> str:
    """`training` and `epochs` make `training.epochs`."""
    return ".".join(part for part in (key, name) if part)


class Places(Mapping[str, str]):
    """A mapping from dotted keys to "file:line".

    A view of one section, made by `under`, takes its keys without the section's name. An option of the command line,
    `--data`, stands for itself.
    """

    def __init__(
        self,
        known: Mapping[str, str] = MappingProxyType({}),
        section: str = "",
        raised: type[UserError] = ConfigError,
    ) -> None:
        self._known, self._section, self._raised = known, section, raised

    def __getitem__(self, key: str) -> str:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def under(self, section: str, raised: type[UserError]) -> Places:
        """The view of one section, whose mistakes are errors of the class `raised`."""
        return Places(self._known, section, raised)

    def of(self, key: str) -> str:
        """The place of `key`, or of the nearest key around it; empty if none is known."""
        key = self._whole(key)
        while key and key not in self._known:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self._known.get(key, "")

    def mistake(self, key: str, problem: str) -> Mistake:
        """What is wrong with `key`, and where it was written."""
        return Mistake(self.of(key), self._whole(key), problem)

    def error(self, key: str, problem: str) -> UserError:
        """The same as an error to raise."""
        return self.errors({key: problem})

    def errors(self, problems: Mapping[str, str]) -> UserError:
        """One error to raise for the problems of several keys."""
        return self._raised.of([self.mistake(key, problem) for key, problem in problems.items()])

    @contextmanager
    def at(self, key: str) -> Iterator[None]:
        """Within, errors say where their key was written; those of a model say where `key` was."""
        try:
            yield
        except ConfigError as error:
            raise ConfigError(
                [replace(one, place=one.place or self.of(one.key)) for one in error.mistakes]
            ) from None
        except ModelError as error:
            place = self.of(key)
            raise ModelError(f"{place}: {error}" if place else str(error)) from None

    def _whole(self, key: str) -> str:
        return key if key.startswith("--") else join(self._section, key)
