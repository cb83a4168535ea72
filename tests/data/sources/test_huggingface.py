"""Hugging Face datasets."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources import huggingface
from ftcli.data.sources.columns import Roles
from ftcli.data.splits import open_splits
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, InstallationError


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dataset on disk that `load_dataset` reads in place of the Hub."""
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"sentence": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])}
    )
    rows = {"sentence": [f"some words {n}" for n in range(8)], "label": [n % 2 for n in range(8)]}
    parts = {"train": datasets.Dataset.from_dict(rows, features=features)}
    parts["validation"] = parts["train"].select(range(4))
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: datasets.DatasetDict(parts))
    monkeypatch.setattr(huggingface, "reach", lambda _: None)
    huggingface._load.cache_clear()
    return tmp_path


def test_a_hugging_face_dataset(hub: Path) -> None:
    splits = open_splits(Data(source="some/words"), inputs=(TEXT,), wants="category", seed=0, places={})
    assert splits.val is not None
    assert (len(splits.train), len(splits.val)) == (8, 4)
    assert splits.target.classes == ("no", "yes")
    travelled = pickle.loads(pickle.dumps(splits.train))
    assert travelled[1].inputs == {"text": "some words 1"}
    assert travelled[1].target == "yes"
    with pytest.raises(
        DataError, match=r"data.val: some/words has no split 'dev' \(it has: train, validation\)"
    ):
        open_splits(Data(source="some/words", val="dev"), inputs=(TEXT,), wants="category", seed=0, places={})


def test_a_hidden_label_of_hugging_face(hub: Path) -> None:
    split = huggingface.hub("some/words", Data(), "", "").split("train")
    dataset = split.dataset.map(lambda row: {"label": -1}, load_from_cache_file=False, keep_in_memory=True)
    with pytest.raises(DataError, match=r"row 1: the label in column 'label' is missing"):
        huggingface.HubSplit("x", dataset).open(
            Roles(text="sentence", label="label"), Reading(KINDS["single-label"])
        )


def test_hugging_face_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    huggingface._load.cache_clear()
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(InstallationError, match=r'pip install "ftcli\[datasets\]"'):
        open_splits(Data(source="some/words"), inputs=(TEXT,), wants="category", seed=0, places={})


def test_fields_blank_rows_and_names_of_a_hugging_face_dataset(hub: Path) -> None:
    import datasets

    kind = datasets.Value("string")
    features = datasets.Features({"pair": {"en": kind, "de": kind}, "id": datasets.Value("int64")})
    rows = [{"pair": {"en": "one", "de": "eins"}, "id": 1}, {"pair": None, "id": None}]
    dataset = datasets.Dataset.from_list(rows, features=features)
    split = huggingface.HubSplit("x", dataset)
    assert {"pair.en", "pair.de"} <= set(split.fields())
    opened = split.open(Roles(text="pair.en", target="pair.de"), Reading(KINDS["text"]))
    assert [opened.rows.inputs(n) for n in range(len(opened.rows))] == [{"text": "one", "target": "eins"}]
    assert "1 row with nothing but empty cells is left out" in opened.notes[0]
    named = open_splits(
        Data(source="some/words", class_names=("nein", "ja")),
        inputs=(TEXT,),
        wants="category",
        seed=0,
        places={},
    )
    assert named.target.classes == ("nein", "ja")
