"""Options of parts are bound once, and options without a name only to what the defaults may choose."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.defaults.facts import Facts
from ftcli.config.defaults.fill import fill
from ftcli.config.defaults.recipes import FAMILIES
from ftcli.config.load import load_experiment
from ftcli.config.options import Options
from ftcli.config.schema import Experiment
from ftcli.contracts.modalities import TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import ConfigError
from ftcli.runs.checks import bind_parts
from ftcli.runs.names import NAMES


def experiment(tmp_path: Path, lines: str) -> Experiment:
    path = tmp_path / "x.yaml"
    path.write_text(f"task: summarization\ndata: texts.csv\nmodel: t5-small\n{lines}\n", encoding="utf-8")
    return load_experiment(path, names=NAMES)


def test_named_parts_are_bound(tmp_path: Path) -> None:
    given, fitting = bind_parts(experiment(tmp_path, "optimizer: {name: sgd, lr: 1}\nfreeze: none"))
    assert given.optimizer is not None
    assert Options.of(given.optimizer.options).arguments == {"lr": 1.0}
    assert fitting == {}


def test_all_mistakes_are_reported_with_their_places(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        bind_parts(experiment(tmp_path, "optimizer: {name: sgd, lr: x}\nschedule: {gamma: 0.1}"))
    first, second = caught.value.mistakes
    assert (first.place[-8:], first.key) == ("x.yaml:4", "optimizer.lr")
    assert (second.place[-8:], second.key) == ("x.yaml:5", "schedule.gamma")


@pytest.mark.parametrize("family", FAMILIES)
def test_options_without_a_name_that_pass_the_check_fit_what_is_chosen(tmp_path: Path, family: str) -> None:
    """A T5 has a constant rate, which takes no floor: it failed after its weights were loaded."""
    given, fitting = bind_parts(experiment(tmp_path, "schedule: {floor: 0.1}\noptimizer: {lr: 1e-4}"))
    facts = Facts(
        inputs=(TEXT,), kind=KINDS["text"], family=family, width=512, pretrained=True,
        examples=100, smallest_class=None, validated=True, metric="rouge", loss="cross-entropy", cores=2,
        device="cpu", fitting=fitting,
    )  # fmt: skip
    filled, _ = fill(given, facts)
    assert filled.schedule is not None
    schedule = NAMES["schedule"].load(filled.schedule.name)(**Options.of(filled.schedule.options).arguments)
    assert schedule.floor == 0.1
    assert filled.optimizer is not None
    assert Options.of(filled.optimizer.options).arguments["lr"] == 1e-4
