"""Classes: chosen, ordered, named."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.schema import Data
from tests.data.opening import mistake, opened
from tests.tiny import data as tiny


def test_classes_restrict_and_order(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": "abc"[n % 3]} for n in range(12)]
    path = str(tiny.table(tmp_path / "a.csv", rows))
    splits = opened(Data(train=path, val=0.0, classes=("c", "a")))
    assert (splits.target.classes, splits.target.counts) == (("c", "a"), (4, 4))
    assert any("8 of 12 examples" in note for note in splits.notes)
    assert "no training example has the class 'cc'. Did you mean 'c'?" in mistake(
        Data(train=path, classes=("a", "cc"))
    )


def test_whole_numbers_are_ordered_as_numbers(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": str(n % 12)} for n in range(24)]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", rows)), val=0.0))
    assert splits.target.classes == tuple(map(str, range(12)))


def test_class_names_replace_numbers(tmp_path: Path) -> None:
    rows = [{"text": f"t {n}", "label": str(n % 2)} for n in range(8)]
    path = str(tiny.table(tmp_path / "a.csv", rows))
    (tmp_path / "names.txt").write_text("poor\ngood\n")
    for names in (("poor", "good"), str(tmp_path / "names.txt")):
        splits = opened(Data(train=path, val=0.0, class_names=names))
        assert splits.target.classes == ("poor", "good")  # by number, not by name
        assert splits.train[1].target == "good"
    message = mistake(Data(train=path, class_names=("poor",)))
    assert message.endswith("a.csv:3: label '1' is not one of 0..0, the 1 names")
