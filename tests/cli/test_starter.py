"""The YAML that `ftcli init` writes. What is found in data is tested in tests/data/discovery."""

from __future__ import annotations

from pathlib import Path

import yaml

from ftcli.cli.starter import starter_yaml
from ftcli.data.discovery.recognise import recognise
from tests.running import Command
from tests.tiny import data as tiny_data


def test_init_sees_chinese(ftcli: Command, workplace: Path) -> None:
    rows = [{"review": f"房间很好，服务也不错 {n}", "label": str(n % 2)} for n in range(12)]
    tiny_data.table(workplace / "hotels.csv", rows)
    assert "model: bert-base-chinese" in ftcli.ok("init", "hotels.csv")


def test_names_from_the_data_cannot_steer_the_terminal(tmp_path: Path) -> None:
    tiny_data.class_folders(tmp_path / "photos", classes=("blue", "red\x1b[31m"), per_class=4)
    text = starter_yaml(tmp_path / "photos", recognise(tmp_path / "photos"))
    assert "\x1b" not in text
    assert yaml.safe_load(text)["data"] == {"source": str(tmp_path / "photos")}
