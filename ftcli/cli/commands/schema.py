"""`ftcli schema`: the JSON Schema of the configuration."""

from __future__ import annotations

import json

from ftcli.cli.preconditions import check_installation


def schema() -> None:
    """Print a JSON Schema, so that editors complete and check the YAML."""
    check_installation()
    from ftcli.config.json_schema import json_schema
    from ftcli.runs.names import PARTS
    from ftcli.tasks import TASKS

    parts = {key: {name: table.load(name) for name in table} for key, table in PARTS.items()}
    print(json.dumps(json_schema(parts, list(TASKS), reserved=("target",)), indent=2))
