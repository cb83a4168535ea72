"""Called by mkdocs when it builds the documentation: generated pages join the written ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from commands_page import commands_page
from gallery_page import gallery_page
from keys_page import keys_page

PAGES: Mapping[str, Callable[[], str]] = {
    "keys.md": keys_page,
    "commands.md": commands_page,
    "gallery.md": gallery_page,
}


def on_files(files: Any, *, config: Any) -> Any:
    """Add the generated pages to those that `docs/pages` has."""
    from mkdocs.structure.files import File

    for name, page in PAGES.items():
        files.append(File.generated(config, name, content=page()))
    return files
