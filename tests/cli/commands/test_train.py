"""An interruption, and what a training says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CONFIGS = Path(__file__).parents[3] / "configs"


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_ends_quietly_with_the_way_to_go_on(
    number: signal.Signals, status: int, workers: int, tmp_path: Path
) -> None:
    arguments = [
        "train",
        str(CONFIGS / "quickstart.yaml"),
        "data.per_class=3",
        "training.epochs=1000",
        "output=run",
        f"data.workers={workers}",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "ftcli", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("run/checkpoints/epoch-0002")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, number)  # as a terminal does: the workers get it too
    _, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in err
    assert err.strip() == "interrupted. Go on with: ftcli train --resume run"
