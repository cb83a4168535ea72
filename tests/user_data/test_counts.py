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

from ftcli.contracts.modalities import MODALITIES
from ftcli.data.splits import open_splits
from ftcli.data.unlabelled import open_unlabelled
from tests.user_data.layouts import LAYOUTS

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
        if layout.predicted is not None:
            rows = open_unlabelled(inputs, [], layout.predicted, layout.data, layout.wants)
            assert len(rows) == layout.given - layout.left.get("blank|empty", 0)


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
