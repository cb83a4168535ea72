"""An export is kept whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ftcli.errors import UserError
from ftcli.report.outcomes import Figure
from ftcli.runs.directory import RunDirectory
from ftcli.ship.exporting import DOCUMENT, check_free, kept
from tests.card.making import make_whole_run


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


class Alone:
    """An export of one file."""

    def write(self, predictor: Any, folder: Path) -> list[str]:
        (folder / "predict.py").write_text("def predict(inputs): return [[{'label': 'daisy'}]]\n")
        return []


def test_an_export_has_a_card_that_says_how_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_whole_run(tmp_path / "flowers")
    trained = SimpleNamespace(
        directory=RunDirectory(run), checkpoint=Path("epoch-0003"), precision=SimpleNamespace(device="cpu")
    )
    predictor: Any = SimpleNamespace(trained=trained)
    monkeypatch.setattr("ftcli.ship.exporting.in_float32", lambda one, device=None: one)
    monkeypatch.setattr("ftcli.ship.exporting.check", lambda *_: Figure(1.0))
    rows: Any = None
    kept(predictor, "hf", Alone(), tmp_path / "export/hf", rows)
    card = (tmp_path / "export/hf/README.md").read_text()
    assert "# flowers (hf)" in card
    assert 'for row in predict([{"image": "photo.jpg"}])[0]:' in card
    assert "**This is `epoch-0003`, and the figures are those of `epoch-0017`, the best one.**" in card
    # A person may complete it, so that it is not among the files that have to stay as they are.
    assert list(json.loads((tmp_path / "export/hf" / DOCUMENT).read_text())["files"]) == ["predict.py"]
