"""The schema that editors use."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from ftcli.config.reader import read_file
from ftcli.config.tree import plain
from tests.running import Command

CONFIGS = Path(__file__).parents[3] / "configs"


def test_the_schema_accepts_every_shipped_file_and_refuses_a_misspelt_key(ftcli: Command) -> None:
    schema = json.loads(ftcli.ok("schema"))
    validator = jsonschema.Draft202012Validator(schema)
    for path in CONFIGS.glob("*.yaml"):
        document = json.loads(json.dumps(plain(read_file(path)[0])))
        assert list(validator.iter_errors(document)) == [], path.name
        spoilt = {**document, "training": {**document.get("training", {}), "epocs": 3}}
        assert list(validator.iter_errors(spoilt)), path.name
    assert not validator.is_valid(
        {"task": "image-classification", "data": "d", "model": "m", "loss": {"name": "x"}}
    )
