"""A run in W&B, read back from its offline log, of which each record is a message of W&B's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.errors import RunError
from ftcli.trackers.replaying import sync
from tests.trackers import growing

pytest.importorskip("wandb")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.parametrize("same", [True, False])
def test_after_a_kill_and_two_syncs_each_point_is_there_once(run: Path, same: bool) -> None:
    growing.killed_and_retrained(run, "wandb", same=same)
    for _ in range(2):
        sync(run, "wandb")
        assert growing.in_wandb(run) == growing.logged(run)
    found = {record.WhichOneof("record_type"): record for record in growing.records(run)}
    identity = json.loads((run / "trackers.json").read_text())["id"]
    made, ended = found["run"].run, found["exit"].exit
    assert (made.run_id, made.display_name, made.project) == (identity, "flowers", "ftcli")
    assert ended.exit_code == 0
    config = {one.key: json.loads(one.value_json) for one in made.config.update}
    assert (config["model.backbone"], config["data.batch_size"]) == ("torchvision/mobilenet_v2", 32)
    assert made.host == ""
    summary = [one for record in growing.records(run) for one in record.summary.update]
    best = {one.key or "/".join(one.nested_key): json.loads(one.value_json) for one in summary}
    assert (best["best/val/accuracy"], best["status"]) == (0.75, "finished")


def test_of_the_machine_and_the_code_nothing_is_kept(run: Path) -> None:
    growing.grow(run, growing.lines())
    sync(run, "wandb")
    (folder,) = run.glob("wandb/offline-run-*")
    assert {path.name for path in (folder / "files").rglob("*") if path.is_file()} == {"experiment.yaml"}
    kinds = {record.WhichOneof("record_type") for record in growing.records(run)}
    assert not kinds & {"stats", "output", "output_raw", "environment"}
    assert not any(record.run.git.commit for record in growing.records(run))


def test_online_without_a_key_nothing_is_asked(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("HOME", str(run))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    with pytest.raises(RunError, match="no key"):
        sync(run, "wandb")


def test_offline_stays_offline(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    growing.grow(run, growing.lines())
    assert "wandb sync" in sync(run, "wandb").look


def test_a_link_is_not_followed(run: Path, tmp_path: Path) -> None:
    (run / "wandb").symlink_to(tmp_path)
    with pytest.raises(RunError, match="is a link"):
        sync(run, "wandb")
