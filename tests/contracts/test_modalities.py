"""One row for each modality."""

from __future__ import annotations

from dataclasses import fields

from ftcli.config.schema import Data
from ftcli.contracts.modalities import AUDIO, FILE_ROLES, IMAGE, MODALITIES, TEXT
from ftcli.data.sources.columns import ROLES


def test_rows_are_found_by_their_name() -> None:
    assert {name: row.name for name, row in MODALITIES.items()} == {name: name for name in MODALITIES}
    assert set(FILE_ROLES) == {"image", "audio"}


def test_each_has_what_is_its_alone() -> None:
    assert [one.in_files for one in (IMAGE, TEXT, AUDIO)] == [True, False, True]
    assert [(one.spatial, one.tokenised, one.sampled) for one in (IMAGE, TEXT, AUDIO)] == [
        (True, False, False), (False, True, False), (False, False, True)
    ]  # fmt: skip


def test_keys_and_roles_are_those_that_there_are() -> None:
    keys = {one.name for one in fields(Data)}
    for row in MODALITIES.values():
        assert row.keys <= keys
        assert row.name in row.roles
        assert set(row.roles) <= set(ROLES)
        names = [name for group in row.columns for name in group]
        assert len(set(names)) == len(names)
