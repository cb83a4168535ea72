"""What examples are made of."""

from __future__ import annotations

from dataclasses import fields

from ftcli.config.schema import Data
from ftcli.contracts.modalities import FILE_ROLES, MODALITIES
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources.columns import MORE_ROLES, ROLES
from ftcli.media.formats import media_of


def test_every_key_of_a_row_is_one_of_the_schema() -> None:
    known = {one.name for one in fields(Data)}
    for one in MODALITIES.values():
        assert one.keys <= known
    for kind in KINDS.values():
        assert kind.keys <= known
        assert kind.excludes <= {key for row in MODALITIES.values() for key in row.keys}


def test_every_role_is_one_of_a_table() -> None:
    for one in MODALITIES.values():
        assert set(one.roles) <= set(ROLES)
        assert one.name in one.roles
    for kind in KINDS.values():
        assert kind.role in ROLES
        assert set(kind.more_roles) <= set(MORE_ROLES)


def test_files_have_endings_and_a_decoder() -> None:
    assert FILE_ROLES == ("image", "audio")
    for name in FILE_ROLES:
        media = media_of(MODALITIES[name])
        assert media.named(f"A{media.endings[0].upper()}")
        assert not media.looks_complete(b"")
