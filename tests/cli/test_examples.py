"""The YAML files that come with the program, in a clone and in a wheel."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from huggingface_hub import constants

from ftcli.cli import examples

ROOT = Path(__file__).parents[2]


def test_they_are_those_of_the_clone() -> None:
    files = sorted((ROOT / "configs").glob("*.yaml"))
    assert [one.name for one in examples.examples()] == [path.stem for path in files]
    assert [examples.example(path.stem) for path in files] == files
    assert examples.example("none") is None


def test_a_wheel_holds_them_where_they_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"]["force-include"] == {"configs": "ftcli/examples"}
    assert {"/ftcli", "/configs", "/LICENSE"} <= set(build["targets"]["sdist"]["include"])
    (tmp_path / "examples").mkdir()
    monkeypatch.setattr(examples, "files", lambda package: tmp_path)
    assert examples.folder() == tmp_path / "examples"


def test_what_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    found = {one.name: one for one in examples.examples()}
    quickstart = found["quickstart"]
    assert (quickstart.data, quickstart.downloads) == ((), ())
    assert quickstart.about.startswith("Fine-tune in a minute, offline")
    assert found["vgg_flowers"].downloads == ("the data set flowers102", "torchvision/vgg16 (528 MB)")
    assert (found["bert_sentiment"].data, found["bert_sentiment"].downloads) == (
        ("reviews.csv",),
        ("bert-base-uncased",),
    )
    assert found["spoken_digits"].data == ("recordings",)  # and no conditions
    assert found["dictation"].downloads == ()
