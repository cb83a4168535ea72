"""Files and folders that a system or a program keeps for itself: thumbnails, recycle bins, snapshots, settings."""

from __future__ import annotations

# macOS, Windows, Linux, Synology, QNAP and others; in lower case.
_SYSTEM = frozenset(
    {
        "__macosx", "network trash folder", "temporary items", "icon\r",
        "$recycle.bin", "recycler", "recycled", "system volume information", "$windows.~bt",
        "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "picasa.ini",
        "lost+found",
        "@eadir", "@tmp", "@sharebin", "#recycle", "#snapshot",
        "@recycle", "@recently-snapshot", "@__thumb", "@transcode",
        "__pycache__",
    }
)  # fmt: skip
# Copies that a Synology makes of each file.
_THUMBNAILS = ("synophoto_", "synovideo_", "synoaudio_", "synoindex_")
# What macOS writes beside a file on a foreign disk: no image or sound, whatever its ending is.
_APPLE_DOUBLE = "._"


def is_passed_over(name: str) -> bool:
    """Whether a file or folder is hidden, or is one that a system keeps for itself."""
    return name.startswith(".") or is_of_system(name)


def is_of_system(name: str) -> bool:
    """Whether a system keeps a file or folder of this name for itself."""
    small = name.lower()
    return small in _SYSTEM or small.startswith(_THUMBNAILS)


def is_remark(name: str) -> bool:
    """Whether a file holds remarks on another one, whose name and ending it has."""
    return name.startswith(_APPLE_DOUBLE)
