"""How a run came about, and what differs between two."""

from __future__ import annotations

import shlex
from pathlib import Path

from ftcli.report.run import read_run
from ftcli.report.sections.settings import differences, section
from tests.report.making import YAML, make_run, metric_lines
from tests.report.reading import parsed, text_of


def test_the_yaml_the_machine_and_a_command_that_repeats_it(tmp_path: Path) -> None:
    path = make_run(
        tmp_path / "my run", metrics=[*metric_lines(2), {"epoch": 2, "step": 16, "note": "back to epoch 1"}]
    )
    found = section([read_run(path)])
    again, yaml = (one.text for one in parsed(found).all("pre"))
    assert shlex.split(again) == ["ftcli", "train", f"{path}/experiment.yaml", f"output={path}-again"]
    assert yaml == YAML
    assert "packages.torch2.14.1" in text_of(found)
    assert "training4 min 22 s" in text_of(found)
    assert "back to epoch 1" in found


def test_the_keys_that_differ(tmp_path: Path) -> None:
    other = YAML.replace("32", "64").replace("flowers", "other") + "loss: focal\n"
    runs = [read_run(make_run(tmp_path / "a")), read_run(make_run(tmp_path / "b", experiment=other))]
    assert differences(runs) == [("data.batch_size", ["32", "64"]), ("loss", [None, "focal"])]
    assert "what differsabdata.batch_size3264loss–focal" in text_of(section(runs))
    same = [runs[0], read_run(make_run(tmp_path / "c"))]
    assert "Their YAML files say the same." in section(same)
