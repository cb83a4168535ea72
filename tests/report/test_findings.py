"""findings.json of anybody."""

from __future__ import annotations

import pytest

from ftcli.report.findings import findings_of
from ftcli.system.bounded import UnreadableError
from tests.report.making import findings


def test_the_gravest_come_first() -> None:
    found = findings_of(findings())
    assert [one.severity for one in found] == ["warning", "note"]
    assert found[0].places == ("train/a.jpg = val/b.jpg",)
    assert (found[0].count, found[0].message) == (3, "3 images of val are also in train")


def test_what_is_not_a_finding_is_left_out() -> None:
    odd = [
        3,
        {},
        {"message": 3},
        {"message": "m", "severity": ["x"], "places": [1, "a"], "count": "3", "advice": 2},
    ]
    (found,) = findings_of({"version": 1, "findings": odd})
    assert (found.severity, found.places, found.count, found.advice) == ("note", ("a",), None, "")
    assert findings_of({"version": 1, "findings": "x"}) == ()
    with pytest.raises(UnreadableError, match="of version 3"):
        findings_of({"version": 3})
