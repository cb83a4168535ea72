"""The age of the process."""

from __future__ import annotations

import time
from pathlib import Path

from ftcli.system.uptime import seconds_since_start


def test_the_age_grows_from_the_start_of_the_process() -> None:
    before, at = seconds_since_start(), time.monotonic()
    time.sleep(0.05)
    assert before > 0
    assert abs(seconds_since_start() - before - (time.monotonic() - at)) < 0.02


def test_a_system_that_does_not_tell_has_the_age_since_the_import(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("nonsense")
    for file in ("absent", "stat"):
        assert 0 < seconds_since_start(tmp_path / file) <= seconds_since_start() + 0.02
