"""The files beside the weights: scripts and their settings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftcli.ship.scripts import heads, huggingface

SETTINGS = "settings.json"


def copy_scripts(folder: Path, named: Mapping[str, str]) -> None:
    """Copy scripts into the folder: what each is called there, and its own name."""
    for name, script in named.items():
        here = (Path(str(room.__file__)).with_name(f"{script}.py") for room in (huggingface, heads))
        shutil.copyfile(next(filter(Path.is_file, here)), folder / f"{name}.py")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file for programs and people."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
