"""Mistakes in the `model` section, with the line of the YAML file where it is known."""

from __future__ import annotations

from collections.abc import Mapping

from ftcli.config.reader import nearest_place
from ftcli.errors import ConfigError, Mistake


def mistake(places: Mapping[str, str], key: str, problem: str) -> ConfigError:
    """A `ConfigError` for `key`, placed at the key or else at the section that holds it."""
    return ConfigError([Mistake(nearest_place(places, key), key, problem)])
