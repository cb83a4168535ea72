"""Findings as a list, a document and a line."""

from __future__ import annotations

from ftcli.findings.finding import Finding, as_json, by_severity, first, headline, severities

NOTE = Finding("tiny-class", "note", 2, "2 classes", ("a", "b"), "add some")
ERROR = Finding("broken-file", "error", 1, "1 file that cannot be used")
WARNING = Finding("near-copy-in-two-splits", "warning", 1, "1 image of val")


def test_the_worst_come_first() -> None:
    assert by_severity([NOTE, WARNING, ERROR]) == [ERROR, WARNING, NOTE]
    assert [one.serious for one in (ERROR, WARNING, NOTE)] == [True, True, False]


def test_the_document_is_that_of_a_run() -> None:
    assert as_json([NOTE]) == {
        "version": 1,
        "findings": [
            {
                "kind": "tiny-class", "severity": "note", "count": 2, "message": "2 classes", "places": ("a", "b"),
                "advice": "add some",
            }
        ],
    }  # fmt: skip


def test_findings_are_counted_by_severity() -> None:
    assert severities([ERROR, NOTE, WARNING, WARNING]) == "4 findings: 1 error, 2 warnings, 1 note"
    assert severities([]) == "0 findings"


def test_a_headline_names_the_first() -> None:
    assert headline([], "ftcli check runs/x") is None
    assert headline([ERROR, NOTE], "ftcli check runs/x") == (
        "data: 2 findings, the first: 1 file that cannot be used; all: ftcli check runs/x"
    )
    assert headline([NOTE], None) == "data: 1 finding, the first: 2 classes"


def test_no_more_than_five_places_are_made() -> None:
    made = iter(range(100))
    assert first(f"{number}" for number in made) == ("0", "1", "2", "3", "4")
    assert next(made) <= 6
