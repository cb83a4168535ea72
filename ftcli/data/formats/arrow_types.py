"""Types of Arrow columns: without dictionaries, and the fields that they have within them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ftcli.data.formats.fields import DEEPEST


def plain(kind: Any) -> Any:
    """The type without dictionaries, which may differ from batch to batch; pandas' categories are some."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return plain(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([_plain_field(kind.field(index)) for index in range(kind.num_fields)])
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_plain_field(kind.value_field), kind.list_size)
    if pa.types.is_list(kind):
        return pa.list_(_plain_field(kind.value_field))
    if pa.types.is_large_list(kind):
        return pa.large_list(_plain_field(kind.value_field))
    return kind


def _plain_field(field: Any) -> Any:
    return field.with_type(plain(field.type))


def plain_schema(schema: Any) -> Any:
    """The schema of the same columns without dictionaries."""
    import pyarrow as pa

    return pa.schema([_plain_field(field) for field in schema])


def as_plain(batch: Any, schema: Any) -> Any:
    """The columns of a batch that a plain schema has. Only those with dictionaries are cast: Arrow cannot cast all."""
    import pyarrow as pa

    pairs = ((batch.column(field.name), field.type) for field in schema)
    columns = [column if column.type.equals(kind) else column.cast(kind) for column, kind in pairs]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def inner_names(schema: Any) -> tuple[str, ...]:
    """The dotted names of the fields within columns; of lists, of what lies in their items, as that of the first."""
    return tuple(name for field in schema for name in _within(field.type, field.name, DEEPEST))


def _within(kind: Any, name: str, depth: int) -> Iterator[str]:
    import pyarrow as pa

    children: list[tuple[str, Any]] = []
    if pa.types.is_struct(kind):
        children = [(kind.field(index).name, kind.field(index).type) for index in range(kind.num_fields)]
    elif any(
        check(kind) for check in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    ):
        children = [("0", kind.value_type)]
    for key, value in children if depth else ():
        yield f"{name}.{key}"
        yield from _within(value, f"{name}.{key}", depth - 1)
