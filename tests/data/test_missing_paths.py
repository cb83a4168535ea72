"""Paths of a configuration that do not exist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.data.missing_paths import missing_paths
from ftcli.system.offline import go_offline

Keys = list[str]


def keys(**data: Any) -> Keys:
    return [key for key, _ in missing_paths(Data(**data), ids=False)]


@pytest.fixture(autouse=True)
def there(workplace: Path) -> None:
    (workplace / "photos").mkdir()
    (workplace / "t.csv").touch()


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        ({"source": "photos", "class_names": ("a", "b")}, []),
        ({"source": "cifar10"}, []),
        ({"source": "./fotos", "class_names": "names.txt"}, ["source", "class_names"]),
        ({"source": "fotos.csv"}, ["source"]),
        ({"source": "fotos"}, []),  # perhaps an id
        ({"source": "photos", "val": "later", "test": "more/test"}, ["test"]),
        ({"train": "t.csv", "val": "index < 5", "test": "x.csv"}, ["test"]),
        ({"train": "tt.csv", "val": 0.2}, ["train"]),
        ({"train": "train.{en,de}"}, []),
    ],
)
def test_which_keys(data: dict[str, object], missing: Keys) -> None:
    assert keys(**data) == missing


def test_what_could_be_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "")
    go_offline()
    (problem,) = missing_paths(Data(source="fotos"), ids=True)
    assert problem[0] == "source"
    assert "Did you mean 'photos'? As a Hugging Face dataset: not on this machine" in problem[1]
