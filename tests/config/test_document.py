"""A configuration without a file: its mistakes name the arguments that it stands for."""

from __future__ import annotations

import pickle

import pytest

from ftcli.config.document import Document
from ftcli.config.load import load_experiment
from ftcli.errors import ConfigError
from ftcli.runs.names import NAMES

TEXT = "task: image-clasification\ndata: {source: photos, label: x, val: 2}\nmodel: m\n"


def test_mistakes_name_arguments() -> None:
    document = Document(TEXT, "photos", {"task": "--task", "data.label": "--label", "model.none": "--none"})
    with pytest.raises(ConfigError) as raised:
        load_experiment(document, ["training.epocs=1"], NAMES)
    lines = str(raised.value).splitlines()
    assert lines[1].startswith("--task: task: no task is called 'image-clasification'")
    assert lines[0].startswith("photos: data.val: ")
    assert lines[2].startswith("command line: training.epocs: no such key")


def test_it_can_be_sent_to_other_processes() -> None:
    document = Document(TEXT, "photos")
    assert pickle.loads(pickle.dumps(document)) == document
