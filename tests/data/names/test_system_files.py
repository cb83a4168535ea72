"""What systems keep for themselves."""

from __future__ import annotations

from ftcli.data.names.system_files import is_passed_over, is_remark

OF_SYSTEMS = (
    ".hidden", ".thumbnails", ".ipynb_checkpoints", "__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information",
    "Thumbs.db", "desktop.ini", "#recycle", "lost+found", "@Recently-Snapshot", "@__thumb", "SYNOPHOTO_THUMB_XL.jpg",
    "SYNOINDEX_MEDIA_INFO",
)  # fmt: skip


def test_names() -> None:
    assert all(map(is_passed_over, OF_SYSTEMS))
    assert not any(map(is_passed_over, ("recycle", "thumbs", "@home", "#1", "lost", "$5", "macosx", "a.png")))
    assert is_remark("._a.png")
    assert not is_remark(".a.png")
