"""An export is kept whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.errors import UserError
from ftcli.ship.exporting import DOCUMENT, check_free


def test_a_folder_that_is_there_is_replaced_only_by_force_and_if_it_is_an_export(tmp_path: Path) -> None:
    check_free(tmp_path / "new", force=False)
    (tmp_path / "old").mkdir()
    with pytest.raises(UserError, match=r"old is there already: .* --force"):
        check_free(tmp_path / "old", force=False)
    (tmp_path / "old" / "mine.txt").touch()
    with pytest.raises(UserError, match="old is not an export"):
        check_free(tmp_path / "old", force=True)
    (tmp_path / "old" / DOCUMENT).touch()
    check_free(tmp_path / "old", force=True)
