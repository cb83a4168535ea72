"""What a kill leaves of a study that had not begun."""

from __future__ import annotations

from pathlib import Path

from ftcli.studies.tuning.beginning import is_left, remove


def test_only_what_a_beginning_has_left_is_removed(tmp_path: Path) -> None:
    for name in ("bases", "trials"):
        (tmp_path / name).mkdir()
    assert not is_left(tmp_path)  # without a lock it is not ours
    (tmp_path / ".ftcli-lock").touch()
    (tmp_path / "link.partial-0123456789abcdef").touch()
    (tmp_path / "start.yaml.partial-0123456789abcdef").touch()
    assert is_left(tmp_path)
    (tmp_path / "study.json").touch()
    assert not is_left(tmp_path)
    assert not is_left(tmp_path / "none")


def test_all_of_it_goes(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    (folder / "trials" / "0000").mkdir(parents=True)
    (folder / ".ftcli-lock").touch()
    remove(folder)
    assert not folder.exists()
    remove(folder)
