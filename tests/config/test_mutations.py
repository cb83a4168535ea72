"""Files that were spoilt at random: a mistake with a line and a key, or an experiment, and nothing else.

`python -m tests.faults.inputs` tries many more.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ftcli.config.load import load_experiment
from ftcli.errors import ConfigError
from tests.config.spoilt import CONFIGS, TOKENS, answer, spoilt

TEXT = (CONFIGS[0].parent / "bert_sentiment.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spoilt")


@given(text=spoilt())
@settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_spoilt_files_are_answered(text: str, folder: Path) -> None:
    assert answer(folder, text).wrong == ""


def test_most_mistakes_of_spoilt_files_have_a_place_and_a_key(folder: Path) -> None:
    """Each key of each file is misspelt once."""
    answers = []
    for config in CONFIGS:
        text = config.read_text(encoding="utf-8")
        for line in (line for line in text.splitlines() if line.strip() and not line.startswith("#")):
            answers.append(answer(folder, text.replace(line, line.replace(":", "x:", 1), 1)))
    refused = [one for one in answers if one.mistakes]
    assert len(refused) > 200
    assert sum(one.placed for one in refused) / len(refused) >= 0.95


def test_spoilt_overrides_are_answered(tmp_path: Path) -> None:
    chance = random.Random(1)
    path = tmp_path / "x.yaml"
    path.write_text(TEXT, encoding="utf-8")
    places: list[str] = []
    for _ in range(300):
        line = chance.choice(
            ("training.epochs=3", "data.classes=[a, 'b']", "optimizer={name: sgd}", "freeze=2")
        )
        at = chance.randrange(len(line) + 1)
        override = line[:at] + chance.choice(TOKENS) + line[at + chance.choice((0, 1)) :]
        try:
            load_experiment(path, [override])
        except ConfigError as error:
            places += [one.place for one in error.mistakes]
    assert len(places) > 100
    assert set(places) == {"command line"}
