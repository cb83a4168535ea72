"""A page of a running server in a real browser: what it logs, what it asks for, and what its own script does."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from ftcli.report.look import source
from ftcli.ship.serving.page import _SCRIPT, Page
from tests.report.browser import BROWSER, Opened


def opened(
    url: str, folder: Path, *, width: int = 1280, dark: bool = False, shot: Path | None = None
) -> Opened:
    """Open a page, with a way to this machine alone."""
    assert BROWSER is not None
    log = folder / "net.json"
    command = [
        BROWSER, "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=8000",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--log-net-log={log}",
        f"--window-size={width},{1400 if shot else 2000}", f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}",
        *([f"--screenshot={shot}"] if shot else ["--dump-dom"]), url,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Opened(done.stdout, console, re.findall(r'"url":"((?:https?|wss?)://[^"]*)', log.read_text()))


def driven(page: Page, script: str) -> Page:
    """The page with a second script, whose result, a promise of JSON, becomes the attribute data-measured."""
    run = (
        "(async () => { document.documentElement.dataset.measured = JSON.stringify(await (async () => {"
        + script + "})()) })()"
    )  # fmt: skip
    policy = page.policy.replace(source(_SCRIPT), f"{source(_SCRIPT)} {source(run)}")
    assert policy != page.policy
    return Page(page.html.replace("</body>", f"<script>{run}</script></body>"), policy)


def measured(found: Opened) -> Any:
    """What the second script gave."""
    value = re.search(r'data-measured="([^"]*)"', found.dom)
    assert value is not None, found.dom[-2000:]
    return json.loads(html.unescape(value[1]))
