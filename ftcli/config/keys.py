"""A field of the contract that `schema` is."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def key(help: str, default: Any = None, **limits: Any) -> Any:
    """A field of the contract: its one-line help, default and limits."""
    return field(default=default, metadata={"help": help, **limits})
