"""Pictures on disk, and which of them were opened."""

from __future__ import annotations

import builtins
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tiny import data


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return [data.image(tmp_path / f"{seed}.png", seed=seed) for seed in range(4)]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the images that were opened."""
    names: list[str] = []
    real: Callable[..., Any] = io.open

    def counting(file: Any, *args: Any, **options: Any) -> Any:
        if str(file).endswith(".png"):
            names.append(Path(file).name)
        return real(file, *args, **options)

    monkeypatch.setattr(builtins, "open", counting)
    monkeypatch.setattr(io, "open", counting)
    return names
