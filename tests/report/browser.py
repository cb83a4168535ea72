"""A page in a real browser: what it logs, what it asks for, and what a script measures in it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
needed = pytest.mark.skipif(BROWSER is None, reason=f"no browser is here: none of {', '.join(NAMES)}")
_CSP = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@dataclass(frozen=True)
class Opened:
    """What a browser made of a page."""

    dom: str
    console: list[str]
    requests: list[str]


def opened(page: Path, *, width: int = 1280, dark: bool = False) -> Opened:
    """Open a page of a file, without a way to the network."""
    assert BROWSER is not None
    log = page.with_suffix(".net.json")
    command = [
        BROWSER, "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=3000",
        "--host-resolver-rules=MAP * ~NOTFOUND", f"--log-net-log={log}", f"--window-size={width},2000",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--hide-scrollbars",
        f"--user-data-dir={page.with_suffix('.profile')}", "--dump-dom", page.absolute().as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Opened(done.stdout, console, re.findall(r'"url":"((?:https?|wss?)://[^"]*)', log.read_text()))


def measured(page: Path, script: str, *, width: int, dark: bool = False) -> Any:
    """What a script returns, as JSON, in a copy of the page that allows it to run."""
    text, count = _CSP.subn("", page.read_text(encoding="utf-8"))
    assert count == 1
    run = (
        f"<script>document.documentElement.dataset.measured = JSON.stringify((() => {{{script}}})())</script>"
    )
    copy = page.with_name(f"measured-{width}-{dark}.html")
    copy.write_text(text.replace("</body>", f"{run}</body>"), encoding="utf-8")
    found = re.search(r'data-measured="([^"]*)"', opened(copy, width=width, dark=dark).dom)
    assert found is not None
    return json.loads(html.unescape(found[1]))
