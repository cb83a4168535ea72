"""Images and class numbers that a data set lists."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources.arrays import KnownSplit, Listed
from ftcli.data.sources.columns import Roles
from ftcli.data.targets.reading import Reading
from tests.tiny import data as tiny

READING = Reading(KINDS["single-label"])


def opened(listed: Listed, reading: Reading = READING) -> tuple[list[str], list[object]]:
    found = KnownSplit("x (train)", "a data set", frozenset(), lambda: listed).open(Roles(), reading)
    return [found.rows.id(index) for index in range(len(found.rows))], list(found.labels)


def test_arrays_are_known_by_their_number(tmp_path: Path) -> None:
    listed = Listed(np.zeros((3, 4, 4), np.uint8), [1, 0, 1], ["no", "yes"])
    assert opened(listed) == (["0", "1", "2"], ["yes", "no", "yes"])
    assert opened(listed, Reading(READING.kind, labelled=False))[1] == [None, None, None]


def test_files_are_known_by_their_path_and_checked(tmp_path: Path) -> None:
    paths = [tiny.image(tmp_path / "a.png"), tmp_path / "b.png"]
    paths[1].write_bytes(b"none")
    listed = Listed(paths, [0, 0], ["one"])
    assert opened(listed)[0] == [str(path) for path in paths]
    broken = KnownSplit("x", "y", frozenset(), lambda: listed).open(Roles(), READING).broken
    assert broken is not None
    assert broken.rows().tolist() == [1]
