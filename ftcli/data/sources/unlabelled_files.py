"""A folder of images, or of sounds, that have no labels: all files in it and below."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ftcli.contracts import Modality
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import FolderRows, Names, Unread, media_files
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import media_of


@dataclass(frozen=True, slots=True)
class UnlabelledFiles:
    """All files of one modality in a folder, whatever the folders below it are called."""

    path: Path
    holds: Modality
    what: str = "a folder of files without labels"

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset()

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        media, unread = media_of(self.holds), Unread()
        names, broken = Names(), BrokenFiles(f"in {self.path}", media)
        for name in media_files(self.path, "", media, unread.others, hidden=unread.hidden):
            names.append(name)
            broken.add(f"{self.path}/{name}")
        if not len(names):
            raise DataError(f"{self.path} has no {media.noun}s. Read are: {' '.join(media.endings)}")
        rows = FolderRows(self.path, names, self.holds)
        notes = unread.notes(self.path, media)
        return Opened(rows, Unlabelled(len(rows)), notes, broken=broken)
