"""`ftcli serve` in a process of its own: one line, requests, the commands of its documentation, and its end."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.written import text
from tests.running import Command
from tests.tiny import data as tiny_data

YAML = """
task: image-classification
data: {source: photos, image_size: 32, val: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 1, device: cpu}
"""


@pytest.fixture
def run(ftcli: Command, workplace: Path) -> Path:
    tiny_data.class_folders(workplace / "photos", per_class=4)
    (workplace / "flowers.yaml").write_text(YAML)
    ftcli.ok("train", "flowers.yaml")
    for name in ("photo", "other"):
        shutil.copy(workplace / "photos/blue/0.png", workplace / f"{name}.jpg")
    return workplace / "runs/flowers"


@pytest.fixture
def served(run: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address that it prints."""
    command = [sys.executable, "-m", "ftcli", "serve", str(run), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(
            r"(http://127\.0\.0\.1:\d+)  flowers: image-classification, torchvision/shufflenet_v2_x0_5, on cpu\n",
            line,
        )
        assert found is not None, line
        yield process, found[1]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_the_commands_of_its_page_work_and_sigterm_ends_it_with_0(
    served: tuple[subprocess.Popen[str], str], workplace: Path, run: Path
) -> None:
    process, address = served
    page = text("docs/pages/serve.md")
    blocks = re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)
    commands = [line.replace("http://127.0.0.1:8000", address) for line in blocks[0].splitlines()]
    assert len(commands) == 4
    for number, command in enumerate(commands):
        done = subprocess.run(
            ["bash", "-c", f"{command} --silent"], capture_output=True, text=True, check=True, timeout=60
        )
        found = json.loads(done.stdout)
        assert found["examples"] == len(found["predictions"]) == (2 if number == 1 else 1)
        assert found["predictions"][0]["label"] in ("blue", "red")
    port = address.rpartition(":")[2]
    other = subprocess.run(
        [sys.executable, "-m", "ftcli", "serve", str(run), "--port", port],
        capture_output=True,
        text=True,
        check=False,
    )
    assert other.returncode == 2
    assert f"another program listens on 127.0.0.1:{port}; the next free one is --port " in other.stderr
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_what_is_asked_wrongly(ftcli: Command, run: Path) -> None:
    assert "say which run: ftcli serve RUN" in ftcli.refused("serve")
    assert "--max-body lots: a size is a whole number and a unit, such as 16MB" in ftcli.refused(
        "serve", run, "--max-body", "lots"
    )
    assert "there is no such host" in ftcli.refused("serve", run, "--host", "nowhere.invalid")
