"""One table of exit statuses: in the help, and in the documents."""

from __future__ import annotations

from pathlib import Path

from ftcli.cli.exit_statuses import MEANINGS
from tests.running import Command

ROOT = Path(__file__).parents[2]


def test_the_help_has_every_status(ftcli: Command) -> None:
    shown = " ".join(ftcli.ok("--help").split())
    for status, meaning in MEANINGS.items():
        assert f"{status} {meaning}" in shown


def test_the_documents_have_the_same_table() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    rows = "\n".join(f"| {status} | {meaning} |" for status, meaning in MEANINGS.items())
    assert f"| exit status | |\n|---|---|\n{rows}\n" in text
