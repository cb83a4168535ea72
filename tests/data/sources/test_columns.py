"""Which columns play which role."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data
from tests.data.opening import mistake, opened
from tests.tiny import data as tiny


def test_a_table_with_usual_names_needs_no_roles(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "train.csv", tiny.reviews(20))
    splits = opened(Data(train=str(path), val=0.2))
    assert splits.val is not None
    assert (len(splits.train), len(splits.val), splits.test) == (16, 4, None)
    assert splits.target.kind == "single-label"
    assert (splits.target.classes, splits.target.counts) == (("bad", "good"), (8, 8))
    example = splits.train[0]
    row = tiny.reviews(20)[int(example.id) - 1]
    assert (example.inputs, example.target) == ({"text": row["text"]}, row["label"])
    assert any("text from column 'text', label from column 'label'" in note for note in splits.notes)


def test_the_only_other_column_is_the_text(tmp_path: Path) -> None:
    rows = [{"label": row["label"], "was sie sagen": row["text"]} for row in tiny.reviews()]
    splits = opened(Data(train=str(tiny.table(tmp_path / "a.csv", rows))))
    assert "film" in splits.train[0].inputs["text"]


def test_a_pair_is_recognised(tmp_path: Path) -> None:
    rows = [{"premise": row["text"], "hypothesis": "good", "label": row["label"]} for row in tiny.reviews()]
    splits = opened(Data(train=str(tiny.jsonl(tmp_path / "a.jsonl", rows))))
    assert set(splits.train[0].inputs) == {"text", "text_pair"}


def test_one_column_cannot_be_two_things(tmp_path: Path) -> None:
    path = str(tiny.table(tmp_path / "a.csv", tiny.reviews()))
    assert "column 'text' is already the text" in mistake(Data(train=path, text="text", label="text"))


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        (("gendre",), "has no column 'gendre'. Did you mean 'gender'? It has: text, label, gender"),
        (("label",), "column 'label' is already the label"),
        (("text",), "column 'text' is already the text"),
        (("gender", "gender"), "column 'gender' is named twice"),
    ],
)
def test_columns_that_cannot_be_kept(tmp_path: Path, keep: tuple[str, ...], words: str) -> None:
    rows = [{"text": f"text {n}", "label": "ab"[n % 2], "gender": "fm"[n % 2]} for n in range(8)]
    path = tiny.table(tmp_path / "a.csv", rows)
    assert words in mistake(Data(train=str(path), keep=keep), places={"data.keep": "x.yaml:4"})
