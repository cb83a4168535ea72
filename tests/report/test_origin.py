"""origin.json, which anybody may have written."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.report.origin import Licence, Origin, origin_of

WHOLE = {
    "hub": "a/b",
    "revision": "c0ffee0",
    "languages": ["en"],
    "licence": {"id": "mit", "link": "https://x.org/l", "stated_in": "s"},
}


def test_all_of_it() -> None:
    found = origin_of({"version": 1, "data": WHOLE}, "data")
    assert found == Origin("a/b", "c0ffee0", ("en",), Licence("mit", "s", "https://x.org/l"))
    assert origin_of({"version": 2, "data": WHOLE}, "data") == Origin()
    assert origin_of({"version": 1, "data": WHOLE}, "weights") == Origin()
    assert not Licence(stated_in="README.md")


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, 3, [], "x"),
        {"hub": 3, "languages": 3, "licence": []},
        {"licence": {"id": []}},
        {"hub": "a b", "revision": "x", "licence": {"link": "javascript:x"}},
        {"hub": "-"},
        {"hub": "a/b/c", "licence": {"link": "https://x.org/<b>"}},
    ],
)
def test_other_types_are_nothing(wrong: Any) -> None:
    assert origin_of({"version": 1, "data": wrong}, "data") == Origin()
