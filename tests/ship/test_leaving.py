"""What of an export leaves: its own files, unchanged, without paths of this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ftcli.errors import ExportError
from ftcli.ship.leaving import leaving
from ftcli.system import durable
from tests.report.making import write_json
from tests.ship.exported import CARD, make_exported


def test_the_files_of_the_export_leave_and_those_of_the_user_stay(workplace: Path) -> None:
    folder = make_exported(Path("a")) / "export/hf"
    assert (folder / "mine.csv").is_file()
    wanted = ["model.safetensors", "vocoder/config.json", "README.md", "export.json"]
    assert list(leaving(Path("a"), folder)) == wanted
    assert list(leaving(Path("a/checkpoints/epoch-0002"), folder)) == wanted


def _changed(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(bytes(20_001))


def _missing(folder: Path) -> None:
    (folder / "vocoder/config.json").unlink()


def _linked(folder: Path) -> None:
    _missing(folder)
    (folder / "vocoder/config.json").symlink_to(folder / "mine.csv")


def _outside(folder: Path) -> None:
    document = json.loads((folder / "export.json").read_text())
    document["files"]["../../summary.json"] = durable.digest(folder / "../../summary.json")
    write_json(folder / "export.json", document)


def _local(folder: Path) -> None:
    (folder / "README.md").write_text(f"{CARD}trained on {Path.cwd()}/photos\n")


def _stale(folder: Path) -> None:
    write_json(folder / "../../checkpoints/epoch-0003/state.json", {"progress": {"best_epoch": 3}})


@pytest.mark.parametrize(
    ("disturb", "words"),
    [
        (_changed, "model.safetensors is not as it was exported: export it again: ftcli export a hf --force"),
        (_missing, "config.json is missing, or is not a file of the export"),
        (_linked, "config.json is missing, or is not a file of the export"),
        (_outside, "summary.json is missing, or is not a file of the export"),
        (_local, "README.md holds a path of this machine"),
        (_stale, "is of epoch-0002, and not of epoch-0003"),
    ],
)
def test_what_is_not_the_export_does_not_leave(
    workplace: Path, disturb: Callable[[Path], None], words: str
) -> None:
    folder = make_exported(Path("a")) / "export/hf"
    disturb(folder)
    with pytest.raises(ExportError, match=re.escape(words)):
        leaving(Path("a"), folder)
