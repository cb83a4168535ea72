"""Names to parts, imported only when they are asked for."""

from __future__ import annotations

import json

import pytest

from ftcli.registry import Registry

TABLE = Registry("loss", {"dumps": "json:dumps", "missing": "nowhere:nothing"})


def test_names_are_known_without_an_import() -> None:
    assert list(TABLE) == ["dumps", "missing"]
    assert (len(TABLE), TABLE["missing"]) == (2, "nowhere:nothing")


def test_a_name_loads_its_part() -> None:
    assert TABLE.load("dumps") is json.dumps
    with pytest.raises(KeyError):
        TABLE.load("dump")


def test_an_unknown_name_is_answered_with_what_there_is() -> None:
    assert (
        TABLE.unknown("dumsp") == "no loss is called 'dumsp'. Did you mean 'dumps'? There are: dumps, missing"
    )
