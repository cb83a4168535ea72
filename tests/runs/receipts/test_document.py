"""A receipt is read, or it is said what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import RunError
from ftcli.runs.receipts.document import read_receipt, text_of

SUMMARY = {"count": 1, "bytes": 2, "sha256": "a", "names": "b", "short": "YQ=="}
RECEIPT: dict[str, Any] = {
    "receipt": "ftcli", "version": 1, "run": "r\udce9", "yaml": "task: x\n", "yaml_sha256": "c", "seed": 0,
    "data": SUMMARY, "weights": None, "machine": {"threads": 1}, "packages": {"torch": "2"},
    "losses": {"steps": [[1, (0.5).hex()]], "epochs": []},
}  # fmt: skip


@pytest.mark.parametrize("seal", [True, False])
def test_what_was_written_is_read(tmp_path: Path, seal: bool) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(text_of(RECEIPT, seal=seal), errors="backslashreplace")
    receipt = read_receipt(path)
    assert receipt.sealed == seal
    assert receipt.losses.steps == {1: 0.5}
    assert receipt.fields["run"] == "r\udce9"


# Each was a traceback of `reproduce`.
FOREIGN: list[tuple[str, Any]] = [
    ("examples", True),
    ("examples", {"train": 3}),
    ("examples", {"train": {"examples": "3"}}),
    ("departures", {"a": 1}),
    ("departures", [1]),
    ("read", "../../x"),
    ("base", 5),
    ("figures", {"val": {"loss": []}}),
    ("data", {**SUMMARY, "short": "not base64"}),
    ("weights", {**SUMMARY, "count": 2}),
    ("losses", {"steps": [[1, "0x1p99999"]], "epochs": []}),
]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not JSON"),
        (text_of(RECEIPT, seal=True)[:-40], "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1, 2]", "not a receipt of ftcli"),
        ('{"version": 1, "tool": "soup"}', "not a receipt of ftcli"),
        (text_of({**RECEIPT, "version": 2}, seal=True), "version 2, and this ftcli reads up to version 1"),
        (text_of({**RECEIPT, "version": "new"}, seal=True), "version 'new'"),
        (text_of(RECEIPT, seal=True).replace('"seed": 0', '"seed": 1'), "was changed after it was sealed"),
        (text_of({**RECEIPT, "data": {"count": 1}}, seal=True), "is damaged: data"),
        (text_of({**RECEIPT, "machine": 5}, seal=True), "is damaged: machine"),
        *(
            (text_of({**RECEIPT, key: value}, seal=True), f"is damaged: {key} is missing, or is not")
            for key, value in FOREIGN
        ),
        (text_of({**RECEIPT, "losses": {"steps": [[1, "one"]], "epochs": []}}, seal=True), "is damaged: losses"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_one_is_said(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "receipt.json"
    path.write_text(content, errors="backslashreplace")
    with pytest.raises(RunError, match=r"receipt\.json") as error:
        read_receipt(path)
    assert words in str(error.value)


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="does not exist"):
        read_receipt(tmp_path / "none.json")
    (tmp_path / "large.json").write_text(json.dumps("a" * (1 << 21)))
    with pytest.raises(RunError, match=r"large.json: .*not a receipt"):
        read_receipt(tmp_path / "large.json")
