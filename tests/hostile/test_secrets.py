"""What leaves the machine, and what is written down of it: nothing that was not asked for."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.answering import ROOT
from tests.hostile.room import Room

UNKNOWN = "model.backbone=nobody/has-this"


def work(honest: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    shutil.copytree(honest, folder)
    return folder


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "texts.yaml", UNKNOWN), ("nobody/has-this", "FOLDER")),
        (("train", "images.yaml", "model.weights=imagenet"), ("shufflenet", "model.weights")),
        (("train", "images.yaml", "data.source=cifar10"), ("cifar10", "data.root")),
        (("train", "texts.yaml", "data.source=nobody/has-this", "data.train=train"), ("nobody/has-this",)),
    ],
)
def test_offline_is_answered_in_words(
    arguments: tuple[str, ...], said: tuple[str, ...], room: Room, honest: Path, tmp_path: Path
) -> None:
    """An id, weights or a data set that is not on this machine."""
    ended = room.run(work(honest, tmp_path), *arguments, "--offline")
    assert (ended.status, ended.deeds) == (2, ()), ended
    assert [part for part in (*said, "ffline") if part not in ended.err] == [], ended.err


def test_the_room_would_notice_a_connection(room: Room, tmp_path: Path) -> None:
    code = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    assert [deed for deed in room.unsafe(tmp_path, code).deeds if deed.startswith("socket.connect")]


COMMANDS = (
    ("train", "texts.yaml", "output=out/run"),
    ("eval", "--checkpoint", "out/run"),
    ("predict", "--checkpoint", "out/run", "a good film"),
)
# A process in which every library is imported after --offline, and no connection can be opened.
ALL = f"""
import sys
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        raise BaseException(event, arguments[1:])
sys.addaudithook(hook)
from ftcli.cli.app import main
for command in {COMMANDS}:
    sys.argv = ["ftcli", *command, "--offline"]
    try: main()
    except SystemExit as stop: assert stop.code == 0, command
"""
NAMES = [
    "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "WANDB_API_KEY",
    "OPENAI_API_KEY", "DATABASE_URL", "PGPASSWORD", "SSH_AUTH_SOCK", "KUBECONFIG", "MY_NOTES", "LUCKY_NUMBER", "COLOUR",
    "GREETING", "http_proxy", "https_proxy", "CONDA_DEFAULT_ENV", "EMAIL", "PIP_INDEX_URL",
]  # fmt: skip


def test_a_whole_run_offline_writes_down_no_secret(honest: Path, tmp_path: Path) -> None:
    """Twenty values of the environment, in names that say what they are and names that do not."""
    folder = work(honest, tmp_path)
    values = {name: f"s3cr3t-{name.lower()}-{7919 * number}" for number, name in enumerate(NAMES, 1)}
    urls = {name: f"https://user:{values[name]}@example.org/" for name in ("DATABASE_URL", "PIP_INDEX_URL")}
    (folder / ".netrc").write_text(f"machine example.org login me password {values['GREETING']}")
    (folder / ".git").mkdir()
    (folder / ".git/config").write_text(f'[remote "origin"]\n\turl = {urls["DATABASE_URL"]}\n')
    own = {
        "HOME": str(folder),
        "FTCLI_CACHE": str(folder / "out/kept"),
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }
    environment = {**os.environ, **values, **urls, **own}
    ended = subprocess.run(
        [sys.executable, "-c", ALL], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    written = b"".join(path.read_bytes() for path in sorted((folder / "out").rglob("*")) if path.is_file())
    everything = written + ended.stdout + ended.stderr
    assert len(NAMES) == 20
    assert (folder / "out/run/environment.json").is_file()
    for value in values.values():
        plain = value.encode()
        for form in (
            plain,
            base64.b64encode(plain).rstrip(b"="),
            quote(value, safe="").encode(),
            plain[::-1],
        ):
            assert form not in everything
