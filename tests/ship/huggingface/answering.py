"""A program: what exported folders answer, in one process without ftcli. `python answering.py ASKED ANSWERS`: files.

ASKED is JSON, {folder: {"inputs": what predict takes, "plain": what pipeline takes, "options": its options}}.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from transformers import pipeline


class NoFtcli:
    """A finder of modules in whose presence ftcli is not there."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] == "ftcli":
            raise ModuleNotFoundError(name)


def predictions(folder: Path, inputs: Any) -> Any:
    """What `predict` of the folder's script gives, whose modules other folders have, too."""
    for module in [
        one for one in sys.modules.values() if str(folder.parent.parent) in str(getattr(one, "__file__", ""))
    ]:
        del sys.modules[module.__name__]
    spec = importlib.util.spec_from_file_location("predict", folder / "predict.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.predict(inputs)


def plain(folder: Path, asked: Any) -> Any:
    """What transformers' pipeline gives by itself."""
    settings = json.loads((folder / "settings.json").read_text())
    made: Any = pipeline(settings["pipeline"], model=str(folder), trust_remote_code=True)
    return [made(one, **asked["options"]) for one in asked["plain"]]


def shown(value: Any) -> Any:
    """As JSON holds it; a mask of Pillow as rows of numbers."""
    if hasattr(value, "getpixel"):
        return np.asarray(value).tolist()
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else str(value)


def main(asked: Path, answers: Path) -> None:
    sys.meta_path.insert(0, NoFtcli)
    found = {}
    for name, one in json.loads(asked.read_text()).items():
        folder = Path(name)
        found[name] = {"predict": predictions(folder, one["inputs"])}
        if "plain" in one:
            found[name]["plain"] = plain(folder, one)
    answers.write_text(json.dumps(found, default=shown))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
