"""`ftcli push`: which files of an export leave, and that nothing else does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Command
from tests.ship.exported import CARD, make_exported
from tests.ship.hub_server import TOKEN, Hub, hub_on_this_machine


@pytest.fixture
def hub(offline: None, monkeypatch: pytest.MonkeyPatch, workplace: Path) -> Iterator[Hub]:
    """A stand-in for a hub."""
    with hub_on_this_machine(monkeypatch, workplace) as server:
        yield server


@pytest.fixture
def run(workplace: Path) -> Path:
    """A run whose best checkpoint is exported."""
    return make_exported(workplace / "a")


def test_a_dry_run_lists_what_would_leave_without_token_or_network(
    ftcli: Command, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = ftcli("push", "a", "anna/daisy", "--dry-run")
    assert result.status == 0
    lines = [line.split() for line in result.out.splitlines()]
    assert [line[0] for line in lines[:4]] == [
        "model.safetensors", "vocoder/config.json", "README.md", "export.json",
    ]  # fmt: skip
    assert lines[0][1:] == ["20.0", "KB"]
    assert "nothing was sent to anna/daisy (--dry-run)" in result.out
    assert "licence" not in result.err
    document = json.loads(ftcli.ok("push", "a", "anna/daisy", "--dry-run", "--json"))
    assert document["files"]["model.safetensors"] == 20_000
    assert "address" not in document


def test_the_export_arrives_and_nothing_else(ftcli: Command, run: Path, hub: Hub) -> None:
    result = ftcli("push", "a", "anna/daisy", "--private", "--json")
    assert result.status == 0, result.err
    document = json.loads(result.out)
    assert document["address"] == f"{hub.address}/anna/daisy"
    arrived = hub.repositories["anna/daisy"].files
    assert set(arrived) == {".gitattributes", *document["files"]}
    assert arrived["model.safetensors"] == bytes(20_000)
    assert arrived["README.md"] == CARD.encode()
    assert TOKEN not in result.out + result.err
    assert "is there already, with 4 files" in ftcli.refused("push", "a", "anna/daisy")
    assert "(commit c0ffee00)" in ftcli.ok("push", "a", "anna/daisy", "--force")
    # One of the run's checkpoints is the same, as long as it was exported.
    ftcli.ok("push", "a/checkpoints/epoch-0002", "anna/daisy", "--force")


def test_mistakes_are_answered_before_an_export_is_made(
    ftcli: Command, run: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--checkpoint" not in ftcli.refused("push", "nowhere", "b")
    assert "no export format is called 'onx'" in ftcli.refused("push", "a", "b", "--format", "onx")
    assert "cannot be the name of a repository" in ftcli.refused("push", "a", "a/b/c", "--format", "onnx")
    assert "the first argument is the run, and b does not exist" in ftcli.refused("push", "b", "a")
    assert "nothing is sent with --offline" in ftcli.refused(
        "push", "a", "b", "--format", "onnx", "--offline"
    )
    monkeypatch.setenv("HF_HUB_OFFLINE", "")
    monkeypatch.delenv("HF_TOKEN")
    assert "there is no token for" in ftcli.refused("push", "a", "b", "--format", "onnx")


def test_a_card_without_a_licence_is_noted(ftcli: Command, run: Path) -> None:
    for card in ("# A model\n", "---\nlicense: unknown\n---\n"):
        (run / "export/hf/README.md").write_text(card)
        assert "names no licence" in ftcli("push", "a", "anna/daisy", "--dry-run").err
