"""By what trackers know a run."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ftcli.trackers.identity import identity


def test_a_run_is_the_same_for_ever(run: Path) -> None:
    first = identity(run)
    assert identity(run) == first
    moved = run.with_name("moved")
    run.rename(moved)
    assert identity(moved) == first
    assert identity(moved) == first


def test_threads_agree(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = secrets.token_hex

    def slow(count: int) -> str:
        time.sleep(0.02)
        return token(count)

    monkeypatch.setattr(secrets, "token_hex", slow)
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(identity, [run] * 4))) == 1


def test_a_copy_is_another_run(run: Path) -> None:
    first = identity(run)
    copy = Path(shutil.copytree(run, run.with_name("copy")))
    second = identity(copy)
    assert second != first
    assert (identity(copy), identity(run)) == (second, first)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"id": "../../x"}', '{"id": 3, "path": "\\u0000"}', "{" * 5000]
)
def test_a_damaged_file_is_written_anew(run: Path, content: str) -> None:
    (run / "trackers.json").write_text(content)
    assert identity(run) == identity(run)
    assert len(json.loads((run / "trackers.json").read_text())["id"]) == 16


def test_a_link_is_replaced_and_not_followed(run: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("mine")
    (run / "trackers.json").symlink_to(tmp_path / "other")
    identity(run)
    assert (tmp_path / "other").read_text() == "mine"
