"""Figures of each class against scikit-learn."""

from __future__ import annotations

import pytest
from sklearn import metrics as sk

from ftcli.metrics.confusion import Confusion
from tests.metrics.samples import (
    NAMES,
    single,
)

# ----------------------------------------------------------------------------------------------- single label


def test_the_table_has_a_row_for_each_class() -> None:
    logits, targets = single()
    confusion = Confusion(NAMES)
    confusion.update(logits, targets)
    columns = sk.precision_recall_fscore_support(targets, logits.argmax(1), labels=range(7), zero_division=0)
    rows = confusion.table()
    assert [row["class"] for row in rows] == list(NAMES)
    for name, column in zip(("precision", "recall", "f1", "support"), columns, strict=True):
        assert [row[name] for row in rows] == pytest.approx(column.tolist(), abs=1e-15)
    assert rows[6]["support"] == 0
