"""Paths of this machine are found in whatever a file is, and names that anybody has are not taken for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.ship.local_paths import beginnings, find


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, workplace: Path) -> None:
    monkeypatch.setenv("HOME", "/home/änna")


@pytest.mark.parametrize(
    "content",
    [
        b"data: /home/\xc3\xa4nna/photos, 3 classes",
        json.dumps({"_name_or_path": "/home/änna/photos"}).encode(),
        b"\x00\x01\xff/home/\xc3\xa4nna/photos\x00\x02",
    ],
)
def test_a_path_is_found_in_text_json_and_binaries(workplace: Path, content: bytes) -> None:
    (workplace / "file").write_bytes(content)
    found = find(workplace / "file", beginnings())
    assert found is not None
    assert found.startswith("/home/")
    assert found.endswith("nna/photos")


def test_the_working_folder_and_what_the_caller_names(workplace: Path) -> None:
    (workplace / "file").write_text(f'File "{workplace}/train.py", line 3')
    assert find(workplace / "file", beginnings()) == f"{workplace}/train.py"
    (workplace / "file").write_text("trained on /srv/customer/images")
    assert find(workplace / "file", beginnings()) is None
    assert find(workplace / "file", beginnings([Path("/srv/customer")])) == "/srv/customer/images"


def test_names_that_anybody_has_are_no_paths_of_ours(workplace: Path) -> None:
    (workplace / "file").write_text(
        "#!/usr/bin/env python\nphotos/home/anna data/ /data/x https://x.org/home/y"
    )
    assert find(workplace / "file", beginnings([Path("/data"), Path("/usr")])) is None
    (workplace / "empty").touch()
    assert find(workplace / "empty", beginnings()) is None
