"""What a training writes when it ends, and in which order; `test_train_eval_predict` has the files."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ftcli.runs import ending


@pytest.mark.parametrize("keep_state", [True, False])
def test_a_run_that_has_ended_is_sealed(
    keep_state: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[str] = []
    receipt: Any = SimpleNamespace(seal=lambda summary, scores: calls.append("seal"))
    directory: Any = SimpleNamespace(
        checkpoints=tmp_path, write_summary=lambda summary: calls.append("summary")
    )
    monkeypatch.setattr(ending, "remove_state", lambda folder: calls.append("state"))
    monkeypatch.setattr(ending, "write_papers", lambda directory: calls.append("papers"))
    assert ending.write_end(directory, receipt, {}, {}, keep_state=keep_state) is None
    assert calls == ["seal", "summary", *([] if keep_state else ["state"]), "papers"]
