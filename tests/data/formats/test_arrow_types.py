"""Types of Arrow."""

from __future__ import annotations

import pytest

from ftcli.data.formats.arrow_types import inner_names, plain, plain_schema

pa = pytest.importorskip("pyarrow")


def test_types_without_dictionaries() -> None:
    packed = pa.dictionary(pa.int8(), pa.string())
    inner = pa.struct([("a", packed), ("b", pa.list_(packed))])
    wanted = pa.struct([("a", pa.string()), ("b", pa.list_(pa.string()))])
    assert plain(pa.large_list(inner)) == pa.large_list(wanted)
    assert plain(pa.list_(packed, 2)) == pa.list_(pa.string(), 2)
    assert plain_schema(pa.schema([("x", packed), ("y", pa.int64())])).types == [pa.string(), pa.int64()]


def test_names_of_fields() -> None:
    schema = pa.schema([("a", pa.struct([("b", pa.list_(pa.struct([("c", pa.int8())])))])), ("d", pa.int8())])
    assert inner_names(schema) == ("a.b", "a.b.0", "a.b.0.c")
