"""Rows over other rows."""

from __future__ import annotations

import pickle
from pathlib import Path

from ftcli.data.cells.lists import listed
from ftcli.data.changed_rows import FoundRows, WrittenRows
from ftcli.data.sources.folder import Names
from ftcli.data.unlabelled import GivenTexts


def rows(*texts: str) -> GivenTexts:
    return GivenTexts(texts)


def test_all_but_the_inputs_is_that_of_the_rows() -> None:
    over, under = WrittenRows(rows("['a', 'b']", "c"), "text", listed), rows("['a', 'b']", "c")
    assert (over.name, len(over), over.id(1), over.place(1)) == (under.name, 2, under.id(1), under.place(1))
    assert over.attributes(0) == {}
    assert [over.inputs(index) for index in range(2)] == [{"text": ("a", "b")}, {"text": "c"}]


def test_files_that_were_found() -> None:
    paths = Names()
    for path in ("", "/b/c.png"):
        paths.append(path)
    found = pickle.loads(pickle.dumps(FoundRows(rows("a", "b"), "text", paths)))
    assert [found.inputs(index) for index in range(2)] == [{"text": "a"}, {"text": Path("/b/c.png")}]
