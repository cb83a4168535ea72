"""What the inputs have to look like, and what the outputs mean."""

from __future__ import annotations

import json
from typing import Any

from ftcli.ship.scripts.onnx_runtime import FOLDER

SETTINGS: dict[str, Any] = json.loads((FOLDER / "preprocess.json").read_text(encoding="utf-8"))
