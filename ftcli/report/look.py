"""How pages of ftcli look, and how their policy names what they hold."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from ftcli.report.curves import STYLE as _CHARTS

STYLE = _CHARTS + resources.files("ftcli.report").joinpath("page.css").read_text(encoding="utf-8")


def source(text: str) -> str:
    """A script or a style as a source of a content security policy: its hash."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
