"""What a mistake is: how it differs from an experiment that trains, and fragments of the answer that a user gets.

Every mistake goes through the real command. Nothing is mocked but the network.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ftcli.system.lock import NAME as LOCK
from tests.running import Command
from tests.tiny import data as tiny_data

IMAGES = """\
task: image-classification
data:
  source: photos
  batch_size: 4
  image_size: 32
model:
  backbone: torchvision/shufflenet_v2_x0_5
  weights: none
training:
  epochs: 1
  device: cpu
"""
TEXTS = """\
task: text-classification
data:
  train: reviews.csv
  val: 0.25
  batch_size: 4
  max_length: 16
model:
  backbone: bert
training:
  epochs: 1
  device: cpu
"""

Damage = Callable[[Path], object]  # what is done to the files in a folder


@dataclass(frozen=True, slots=True)
class Case:
    """A mistake in an experiment: `old` in the YAML becomes `new`, `overrides` follow, files are damaged."""

    name: str
    said: tuple[str, ...]
    old: str = ""
    new: str = ""
    overrides: tuple[str, ...] = ()
    damage: Damage = bool

    def write(self, yaml: str) -> None:
        """The experiment with the mistake, as x.yaml in the current folder."""
        assert self.old in yaml
        Path("x.yaml").write_text(yaml.replace(self.old, self.new, 1) if self.old else yaml, encoding="utf-8")
        self.damage(Path())


@dataclass(frozen=True, slots=True)
class Call:
    """A mistake in a command line, where `{images}` and `{texts}` are runs; it is split at spaces."""

    name: str
    said: tuple[str, ...]
    damage: Damage = bool


def each(cases: Sequence[Case] | Sequence[Call]) -> pytest.MarkDecorator:
    """Runs a test for each of `cases`, as its argument `case`."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def refused(ftcli: Command, said: Sequence[str], *arguments: object) -> None:
    """The command is refused in words that hold every fragment, and the folder is as it was."""
    before = present()
    answer = ftcli.refused(*arguments)
    assert [fragment for fragment in said if fragment not in answer] == [], answer
    assert present() == before


def present() -> dict[str, int]:
    """All files and folders below the current one, and when they were changed; a lock says who looked last."""
    return {str(path): path.stat().st_mtime_ns for path in Path().rglob("*") if path.name != LOCK}


# ------------------------------------------------------------------------------------------------------- damages


def together(*damages: Damage) -> Damage:
    """One after the other."""
    return lambda folder: [damage(folder) for damage in damages]


def write(name: str, content: str | bytes) -> Damage:
    """A file."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def make(name: str) -> Damage:
    """An empty folder."""
    return lambda folder: (folder / name).mkdir()


def remove(*names: str) -> Damage:
    """Without these files and folders."""

    def damage(folder: Path) -> None:
        for name in names:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    return damage


def edit(name: str, old: str, new: str) -> Damage:
    """What matches `old` in a file becomes `new`."""

    def damage(folder: Path) -> None:
        text = (folder / name).read_text()
        assert re.search(old, text)
        (folder / name).write_text(re.sub(old, new, text))

    return damage


def first_half(name: str) -> Damage:
    """A file that was cut off."""

    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return damage


def image(name: str) -> Damage:
    """An image that is right, in a place that may not be."""
    return lambda folder: tiny_data.image(folder / name, size=(64, 64))


def cut_image(name: str) -> Damage:
    """The beginning of an image."""
    return together(image(name), first_half(name))
