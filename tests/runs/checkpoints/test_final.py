"""What the end of a run writes to be used: the model as it is, of which a reader knows how."""

from __future__ import annotations

from pathlib import Path

import torch

from ftcli.runs.checkpoints import final, naming, storage
from tests.runs.measuring.test_disk import made
from tests.tiny import data as tiny_data


def test_the_model_is_written_as_it_is(workplace: Path) -> None:
    tiny_data.split_folders(workplace / "photos", {"train": 2, "val": 2})
    training = made(workplace, "freeze=none")
    training.begin()
    training.session.model.mirrored = True
    final.write(training.session, training.directory, training.fit, [2, 4], frozenset())
    found = storage.load(training.directory.checkpoints / naming.AVERAGED, training=False)
    assert found.state["averaged"] == [2, 4]
    assert found.state[storage.MIRRORED] is True
    expected = training.session.model.state_dict()
    assert found.weights.keys() == expected.keys()
    assert all(torch.equal(value, expected[name]) for name, value in found.weights.items())
