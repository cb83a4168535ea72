"""`ftcli init`: a YAML file for data."""

from __future__ import annotations

import sys
from pathlib import Path

from ftcli.cli.preconditions import check_output


def init(path: Path, output: Path | None) -> None:
    """Write a YAML file for a folder of images or of sounds, or a table."""
    from ftcli.cli.starter import starter_yaml
    from ftcli.data.discovery.recognise import recognise

    found = recognise(path)
    text = starter_yaml(path, found)
    if output is None:
        sys.stdout.write(text)
        return
    check_output(output)
    output.write_text(text, encoding="utf-8")
    print(f"{output} is written. Train with: ftcli train {output}")
