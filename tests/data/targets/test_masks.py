"""Masks under other names."""

from __future__ import annotations

from pathlib import Path

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.masks.mask_file import MaskFile
from ftcli.data.targets.masks import MaskTargets


def test_values_without_a_new_name_do_not_count() -> None:
    mask = MaskFile(Path("a.png"), {0: "ground", 1: "sky", 2: "sea"})
    found = MaskTargets(KINDS["mask"]).renamed(mask, {"ground": "low", "sea": "low"}.get)
    assert (found.path, found.names) == (Path("a.png"), {0: "low", 2: "low"})
