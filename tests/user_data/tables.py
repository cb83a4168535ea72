"""Makers of tables as users have them, and what is read of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ftcli.config.schema import Data
from ftcli.contracts import Split
from ftcli.data.splits import Splits
from tests.data.opening import opened

Row = Mapping[str, Any]


FOUR = [("a film", "good"), ("b, film", "bad"), ("c film", "good"), ("d film", "bad")]


ROWS: list[Row] = [{"text": text, "label": label} for text, label in FOUR]


WHOLE = Data(val=0.0)


def written(path: Path, content: str | bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def splits(source: str | Path, wants: str = "category", **keys: Any) -> Splits:
    key = "source" if Path(source).is_dir() else "train"
    return opened(replace(WHOLE, **{key: str(source), **keys}), wants=wants)


def pairs(split: Split | None) -> list[tuple[Any, Any]]:
    assert split is not None
    return [(one.inputs["text"], one.target) for one in map(split.__getitem__, range(len(split)))]


def parquet(path: Path, rows: Sequence[Row], features: Any = None, *, categories: Sequence[str] = ()) -> str:
    """A Parquet file in two row groups, written one after the other as from a loop over files."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.Table.from_pylist(list(rows)).schema
    for name in categories:
        index = schema.get_field_index(name)
        kind = schema.field(index).type
        packed = pa.dictionary(pa.int8(), pa.string())
        schema = schema.set(index, pa.field(name, pa.list_(packed) if pa.types.is_list(kind) else packed))
    if features is not None:
        schema = schema.with_metadata({b"huggingface": json.dumps({"info": {"features": features}})})
    with ParquetWriter(path, schema) as writer:
        for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
            table = pa.Table.from_pylist(list(half))
            writer.write_table(table.cast(schema).replace_schema_metadata(schema.metadata))
    return str(path)
