"""The licence that a folder states, and no other."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ftcli.runs.origins.stated import _MIT, Stated, stated_in

ROOT = Path(__file__).parents[3]
MIT = f"MIT License\n\nCopyright (c) 2026 Somebody\n\n{_MIT}"


@pytest.mark.parametrize(
    ("front", "licence", "languages"),
    [
        ("license: apache-2.0\nlanguage: en", {"id": "apache-2.0", "stated_in": "README.md"}, ("en",)),
        ("language: [en, de, English, 3]", {}, ("en", "de")),
        ("license: unknown", {}, ()),
        ("license: [mit]", {}, ()),
        ("license: 'a b'", {}, ()),
        ("license: &a mit\nlanguage: *a", {}, ()),
        ("license: !!python/name:os.system x", {}, ()),
        ("license: mit: x", {}, ()),
        (
            "license: other\nlicense_name: own-1\nlicense_link: https://x.org",
            {"id": "own-1", "stated_in": "README.md", "link": "https://x.org"},
            (),
        ),
        ("[" * 50_000, {}, ()),
        ("- " * 10_000, {}, ()),
        ("a:\n" * 10_000, {}, ()),
    ],
)
def test_what_the_front_matter_states(
    front: str, licence: dict[str, str], languages: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text(f"---\n{front}\n---\n# a\n")
    assert stated_in(tmp_path) == Stated(licence, languages)


def test_a_text_of_a_licence_is_known_as_a_whole(tmp_path: Path) -> None:
    assert stated_in(tmp_path) == Stated()
    (tmp_path / "LICENSE").write_text(MIT)
    assert stated_in(tmp_path).licence == {"id": "mit", "stated_in": "LICENSE"}
    (tmp_path / "LICENSE").write_text(f"{MIT}\nNot for commercial use.")
    assert stated_in(tmp_path) == Stated()
    (tmp_path / "LICENSE").write_text((ROOT / "LICENSE").read_text())
    assert stated_in(tmp_path).licence["id"] == "apache-2.0"
    (tmp_path / "LICENSE").write_text("All rights reserved. The MIT License does not apply.")
    assert stated_in(tmp_path) == Stated()
    # The front matter goes first.
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n")
    assert stated_in(tmp_path).licence["id"] == "cc-by-4.0"


def test_a_large_or_strange_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"---\nlicense: mit\n---\n" + b"x" * (2 << 20))
    assert stated_in(tmp_path) == Stated()
    (tmp_path / "README.md").unlink()
    (tmp_path / "README.md").mkdir()
    (tmp_path / "LICENSE").write_bytes(b"\xff\x00")
    began = time.monotonic()
    assert stated_in(tmp_path) == Stated()
    assert time.monotonic() - began < 5
