"""The files that a run is made from: none of those that are opened is missed, and they have names that can move."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ftcli.config.schema import Data, Experiment, Model
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.inventory import example_files
from ftcli.data.splits import open_splits
from ftcli.runs.receipts.inputs import data_base, moved, moved_weights, named, weights_named
from ftcli.system.read_files import recorded
from tests.user_data.layouts import LAYOUTS

OPENED: list[set[str]] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if OPENED and event == "open" and isinstance(arguments[0], str) and "w" not in str(arguments[1]):
        OPENED[-1].add(arguments[0])


sys.addaudithook(_audit)


@contextmanager
def opened() -> Iterator[set[str]]:
    """The files that Python opens to read, whoever does it."""
    OPENED.append(set())
    try:
        yield OPENED[-1]
    finally:
        OPENED.pop()


@pytest.mark.parametrize("form", LAYOUTS)
@settings(max_examples=6, derandomize=True, deadline=None, database=None, phases=(Phase.generate,),
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(data=st.data())
def test_every_file_that_is_opened_is_known(form: str, data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        layout = LAYOUTS[form](data.draw, Path(folder))
        with opened() as seen, recorded() as read:
            splits = open_splits(
                layout.data, inputs=(MODALITIES[layout.modality],), wants=layout.wants, seed=0, places={}
            )
            for split in (splits.train, splits.val, splits.test):
                for index in range(len(split or ())):
                    example = split[index]  # type: ignore[index]
                    if hasattr(example.target, "read"):
                        example.target.read()
        known = {str(path) for path in (*read, *example_files(splits))}
        assert known
        # Broken images are looked at, and left out.
        here = {path for path in seen if path.startswith(folder)}
        assert {
            path for path in here - known if not path.lower().endswith((".png", ".jpg", ".arrow"))
        } == set()


def test_the_base_is_where_all_paths_lie(workplace: Path) -> None:
    (workplace / "a/train").mkdir(parents=True)
    for name in ("a/train.csv", "a/b.csv", "t.en.gz", "t.de.gz"):
        (workplace / name).write_text("x")
    assert data_base(Data(source="a")) == workplace / "a"
    assert data_base(Data(source="a", train="train", val=0.2)) == workplace / "a"
    assert data_base(Data(train="a/train.csv", val=0.2)) == workplace / "a"
    assert data_base(Data(train="a/train.csv", val="index < 5", root="a/train")) == workplace / "a"
    assert data_base(Data(train="t.{en,de}.gz")) == workplace
    assert data_base(Data(train="a/*.csv")) == workplace / "a"
    assert data_base(Data(source="cifar10")) is None
    assert data_base(Data(source="imdb")) is None


def test_paths_move_together() -> None:
    data = Data(
        train="/old/x/train.csv",
        val="/old/x/dev.csv",
        test=0.1,
        root="/elsewhere",
        class_names="/old/names.txt",
    )
    new = moved(data, Path("/old"), Path("/new"))
    assert (new.train, new.val, new.test) == ("/new/x/train.csv", "/new/x/dev.csv", 0.1)
    assert (new.root, new.class_names) == ("/elsewhere", "/new/names.txt")


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (Model(backbone="/models/bert"), "backbone"),
        (Model(backbone="torchvision/resnet18"), "weights"),
        (Model(backbone="/models/bert", weights="/old.safetensors"), "weights"),
    ],
)
def test_weights_move_where_a_path_names_them(model: Model, key: str) -> None:
    new = moved_weights(Experiment(model=model), Path("/w")).model
    assert getattr(new, key) == "/w"
    assert replace(new, **{key: getattr(model, key)}) == model


def test_names_are_relative_where_they_can_be(tmp_path: Path) -> None:
    found = named([tmp_path / "a/b\udce9.png", Path("/other/c.png")], tmp_path)
    assert list(found) == ["a/b\\udce9.png", "/other/c.png"]
    assert list(named([tmp_path / "a.png"], None)) == [str(tmp_path / "a.png")]
    assert list(weights_named([Path("/x/bert/model.safetensors")])) == ["bert/model.safetensors"]
