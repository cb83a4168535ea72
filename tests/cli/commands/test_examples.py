"""The shipped YAML files as a user lists and takes them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.running import Command


def test_they_are_listed_and_printed(ftcli: Command, workplace: Path) -> None:
    shown = ftcli.ok("examples")
    assert "translation_multi30k" in shown
    listed = {one["name"]: one for one in json.loads(ftcli.ok("examples", "--json"))}
    assert listed["quickstart"]["task"] == "image-classification"
    (workplace / "my.yaml").write_text(ftcli.ok("examples", "quickstart"))
    assert "25 train" in ftcli.ok("train", "my.yaml", "--dry-run")
    assert "25 train" in ftcli.ok("train", "quickstart", "--dry-run")
    assert "no example is called 'quick'. Did you mean 'quickstart'?" in ftcli.refused("examples", "quick")
