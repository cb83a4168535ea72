"""The old name of `file_content.FileContent`, until nothing asks for it."""

from __future__ import annotations

from ftcli.data.file_content import FileContent as ImageFile

__all__ = ["ImageFile"]
