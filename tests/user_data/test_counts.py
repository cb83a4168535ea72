"""Nothing is lost without a word: what a user gives is trained on, scored and predicted, or its count is in a note."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ftcli.contracts import Target
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.splits import open_split, open_splits
from ftcli.data.unlabelled import open_unlabelled
from tests.user_data.layouts import AGAIN, BLANK, GONE, HIDDEN, LAYOUTS, Layout

NOT_PREDICTED = (HIDDEN, BLANK, GONE, AGAIN)
EACH = 28  # layouts of each form: some 300 in all


@pytest.mark.parametrize("form", LAYOUTS)
@settings(max_examples=EACH, derandomize=True, deadline=None, database=None, phases=(Phase.generate,),
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(data=st.data())
def test_every_example_is_used_or_counted(form: str, data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        layout = LAYOUTS[form](data.draw, Path(folder))
        inputs = (MODALITIES[layout.modality],)
        splits = open_splits(layout.data, inputs=inputs, wants=layout.wants, seed=0, places={})
        parts = [part for part in (splits.train, splits.val, splits.test) if part is not None]
        used = sum(map(len, parts))
        assert used == layout.given - sum(layout.left.values()), splits.notes
        for words, count in layout.left.items():
            assert told(splits.notes, words, count), (words, count, splits.notes)
        assert sum(1 for part in parts for index in range(len(part)) if part[index].inputs) == used
        check_scored(layout, splits.target)
        check_predicted(layout)


def check_scored(layout: Layout, target: Target) -> None:
    """Evaluation has the same examples."""
    names = layout.splits if layout.table is None else (str(layout.table),)
    inputs = (MODALITIES[layout.modality],)
    parts = [
        open_split(layout.data, name, inputs=inputs, wants=layout.wants, target=target, places={})
        for name in names
    ]
    left = sum(layout.left.values())
    assert sum(map(len, parts)) == layout.given - left
    if left:
        assert any(part.notes or part.left_out for part in parts)


def check_predicted(layout: Layout) -> None:
    """All files and rows are predicted, with a label or without, but for those that are not there or empty."""
    inputs = (MODALITIES[layout.modality],)
    absent = sum(count for words, count in layout.left.items() if words in NOT_PREDICTED)
    if layout.table is not None:
        found = open_unlabelled(inputs, [], layout.table, layout.data, layout.wants)
        assert len(found) == layout.given - absent
    if layout.folders:
        found = open_unlabelled(inputs, layout.folders, None, layout.data, layout.wants)
        assert len(found) == layout.given - absent
        assert told(found.notes, HIDDEN, layout.left.get(HIDDEN, 0))


def told(notes: Iterable[str], words: str, count: int) -> bool:
    """Whether a note of such words has the count, two that differ by it, or several have counts of that sum."""
    found = [numbers(note) for note in notes if re.search(words, note)]
    apart = {abs(a - b) for one in found for a in one for b in one}
    return (
        any(count in one for one in found) or count in apart or sum(one[0] for one in found if one) == count
    )


def numbers(note: str) -> list[int]:
    """The counts in a sentence; not the digits of paths."""
    return [int(word.replace(",", "")) for word in re.findall(r"(?<!\S)\d[\d,]*(?=[\s,.:;)]|$)", note)]
