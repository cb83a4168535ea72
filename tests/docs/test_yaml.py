"""The YAML of the pages loads, and the keys that their sentences name exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from ftcli.config.load import load_experiment
from ftcli.runs.names import NAMES
from tests.docs.test_reference import schema_keys
from tests.docs.written import FILES, ROOT, blocks, inline
from tests.running import Command

YAML = [(name, number) for name in FILES for number in range(len(blocks(name, "yaml")))]
KEY = re.compile(
    r"(?<![\w/])(?:data|model|training|generation|freeze|optimizer|schedule|loss)\.[a-z_.]*[a-z_]"
)
# Names of files that look like keys.
FILE = re.compile(r".*\.(json|yaml|csv)")


@pytest.mark.parametrize(("name", "number"), YAML)
def test_its_yaml_loads(name: str, number: int, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(blocks(name, "yaml")[number], encoding="utf-8")
    assert load_experiment(tmp_path / "x.yaml", names=NAMES).task in NAMES["task"]


def test_its_keys_exist(ftcli: Command) -> None:
    known = set(schema_keys(json.loads(ftcli.ok("schema"))))
    for name in FILES:
        for code in inline(name):
            for key in KEY.findall(code):
                assert key in known or FILE.fullmatch(key), f"{name}: `{code}`"


def test_what_runs_on_a_push_is_valid_and_runs_the_checks() -> None:
    flow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    assert set(flow[True]) == {"push", "pull_request"}
    (job,) = flow["jobs"].values()
    commands = [step.get("run", "") for step in job["steps"]]
    assert commands[-1] == "make check test"
    assert any("download.pytorch.org/whl/cpu" in command for command in commands)
    python = next(step["with"]["python-version"] for step in job["steps"] if "python" in step.get("uses", ""))
    assert python == "3.11"
