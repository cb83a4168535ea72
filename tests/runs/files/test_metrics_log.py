"""metrics.jsonl: what is appended, and what becomes of it when a run goes back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ftcli.errors import RunError
from ftcli.runs.files.metrics_log import MetricsLog, append_line


def written(folder: Path) -> MetricsLog:
    log = MetricsLog(folder)
    log.append({"step": 1, "loss": 0.5})
    return log


def test_lines_after_a_checkpoint_are_taken_back(tmp_path: Path) -> None:
    log = written(tmp_path)
    known = log.flush()
    first = b'{"step": 1, "loss": 0.5}\n'
    assert known == {"bytes": len(first), "sha256": hashlib.sha256(first).hexdigest()}
    log.append({"step": 2})
    assert log.check(known["bytes"], known["sha256"]) == []
    log.rewind(known["bytes"])
    assert log.path.read_bytes() == first


def test_other_lines_before_a_checkpoint_are_an_error(tmp_path: Path) -> None:
    log = written(tmp_path)
    known = log.flush()
    log.path.write_text(log.path.read_text().replace("0.5", "0.4"))
    with pytest.raises(RunError, match="are not those that were there at the checkpoint"):
        log.check(known["bytes"], known["sha256"])
    log.path.unlink()
    (note,) = log.check(known["bytes"], known["sha256"])
    assert note.endswith("is gone; it begins again here")
    assert log.check(0, "") == []


def test_a_link_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    log = MetricsLog(tmp_path)
    log.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="is a link to"):
        log.append({})
    with pytest.raises(RunError, match="is a link to"):
        log.rewind(0)
    assert (tmp_path / "elsewhere").read_text() == "kept"


def test_a_line_with_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    append_line(tmp_path / "log.txt", "caf\udce9")
    assert (tmp_path / "log.txt").read_text(encoding="utf-8") == "caf\\udce9\n"
