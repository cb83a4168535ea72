"""Which column is learned: the one that is named, the likeliest, or the user's choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.discovery.asked import Asked
from ftcli.data.discovery.recognise import recognise
from ftcli.errors import DataError
from tests.tiny import data as tiny


def items(path: Path, **columns: list[object]) -> Path:
    """A table of texts with these columns, whose values come again."""
    rows = [
        {
            "id": n,
            "title": f"a nice thing {n}",
            **{name: values[n % len(values)] for name, values in columns.items()},
        }
        for n in range(24)
    ]
    return tiny.table(path, rows)


def test_several_columns_without_a_usual_name_are_asked_for(tmp_path: Path) -> None:
    table = items(tmp_path / "a.csv", colour=["red", "blue"], size=["S", "M", "L"])
    with pytest.raises(DataError) as raised:
        recognise(table)
    assert str(raised.value).splitlines()[1:] == ["  --label colour (2 values)", "  --label size (3 values)"]
    found = recognise(table, Asked(label="size"))
    assert (found.data["label"], found.classes, found.guesses) == ("size", ("L", "M", "S"), ())


@pytest.mark.parametrize(("name", "value"), [("price", 1.25), ("label", "x")])
def test_the_likeliest_is_taken_with_a_sentence(tmp_path: Path, name: str, value: object) -> None:
    values: list[object] = [value, 2.5, 3.75] if name == "price" else ["x", "y"]
    found = recognise(items(tmp_path / "a.csv", colour=["red", "blue"], **{name: values}))
    assert found.data["label"] == name
    assert "colour (2 values) could be it, too: --label COLUMN says which" in found.guesses[-1]


def test_the_only_one_is_taken_without_a_word(tmp_path: Path) -> None:
    found = recognise(items(tmp_path / "a.csv", colour=["red", "blue"], split=["train", "test"]))
    assert (found.data["label"], found.guesses) == ("colour", ())


@pytest.mark.parametrize(
    "beside",
    [{}, {"review_id": [str(7 * n * n) for n in range(24)]}, {"when": ["2024-01-02", "2024-01-03"]},
     {"when": ["02.01.2024 10:15", "3.1.2024 10:15"]}],
)  # fmt: skip
def test_numbers_of_rows_and_dates_are_not_learned(tmp_path: Path, beside: dict[str, list[object]]) -> None:
    with pytest.raises(DataError, match="no column looks like the label; --label COLUMN names it"):
        recognise(items(tmp_path / "a.csv", **beside))


def test_a_label_by_its_name_may_be_a_date_or_count(tmp_path: Path) -> None:
    assert recognise(items(tmp_path / "a.csv", label=list(range(24)))).data["label"] == "label"
    assert recognise(items(tmp_path / "b.csv", label=["2024-01-02", "2024-01-03"])).data["label"] == "label"


def test_the_task_says_what_numbers_are(tmp_path: Path) -> None:
    table = items(tmp_path / "a.csv", stars=[1, 2, 3], colour=["red", "blue"])
    assert recognise(table).kind.name == "single-label"
    found = recognise(table, Asked(wants="number"))
    assert (found.kind.name, found.data["label"]) == ("number", "stars")


def test_a_text_column_that_is_named_is_to_be_written(tmp_path: Path) -> None:
    rows = [
        {"a": f"some words {n} of one", "b": f"other words {n} of two", "label": "xy"[n % 2]}
        for n in range(12)
    ]
    found = recognise(tiny.table(tmp_path / "a.csv", rows), Asked(label="b"))
    assert (found.kind.name, found.data["text"], found.data["target"]) == ("text", "a", "b")


def test_what_is_missing_is_said_with_the_option(tmp_path: Path) -> None:
    rows = [{"id": f"x{n}", "text": f"some words {n}"} for n in range(12)]
    table = tiny.table(tmp_path / "a.csv", rows)
    with pytest.raises(
        DataError, match=r"no column looks like the label; --label COLUMN names it\. Columns: id, text"
    ):
        recognise(table)
    with pytest.raises(DataError, match=r"--label: .* has no column 'txt'\. Did you mean 'text'"):
        recognise(table, Asked(label="txt"))
