"""The room, tiny runs and models that are right, and what every hostile file has to come to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hostile.case import Hostile
from tests.hostile.room import Ended, Room
from tests.mistakes.case import IMAGES, TEXTS
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

SHOWN = 15  # lines of an answer at most


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """The room, shared: each command has a process of its own."""
    with Room(tmp_path_factory.mktemp("cache")) as made:
        yield made


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory, room: Room) -> Path:
    """A folder to copy from: images, texts, their models and a run of each."""
    folder = tmp_path_factory.mktemp("honest")
    tiny_data.split_folders(folder / "photos", {"train": 2, "val": 1})
    tiny_data.table(folder / "reviews.csv", tiny_data.reviews(8))
    tiny_models.bert(folder / "bert")
    tiny_models.vit(folder / "vit")
    for name, yaml in (("images", IMAGES), ("texts", TEXTS)):
        (folder / f"{name}.yaml").write_text(yaml)
        ended = room.run(folder, "train", f"{name}.yaml", "training.keep_state=true")
        assert (ended.status, ended.deeds) == (0, ()), ended
    return folder


@pytest.fixture
def opened(room: Room, honest: Path, tmp_path: Path) -> Callable[[Hostile], Ended]:
    """Opens a hostile file in a copy of the honest folder, and insists that nothing came of it."""

    def judge(case: Hostile) -> Ended:
        folder = tmp_path / "work"
        needless = () if any("runs" in word for word in case.command) else ("runs",)
        shutil.copytree(honest, folder, ignore=shutil.ignore_patterns(*needless))
        case.make(folder)
        ended = room.run(folder, *case.command)
        assert ended.deeds == (), ended
        assert "Traceback" not in ended.err, ended.err
        assert ended.status == (0 if case.harmless else 2), ended
        assert ended.megabytes <= case.megabytes, ended
        assert [part for part in case.said if part not in ended.err + ended.out] == [], ended
        assert case.harmless or 0 < len(ended.err.splitlines()) <= SHOWN, ended
        assert all(char.isprintable() for line in ended.err.splitlines() for char in line), ended
        return ended

    return judge
