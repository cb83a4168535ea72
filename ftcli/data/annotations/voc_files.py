"""Which XML file belongs to which image, and the lists of images of Pascal VOC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from xml.etree import ElementTree

from ftcli.data.sources.folder import entries, media_files
from ftcli.errors import DataError
from ftcli.media.formats import IMAGE_FILES
from ftcli.system.read_files import note_read

LARGEST = 10_000_000  # bytes of an XML file
XML_ENDING = ".xml"


@dataclass(frozen=True, slots=True)
class Paired:
    """The images below a folder, the XML file of each that has one, and images of which there is only an XML file."""

    images: Sequence[str]
    xml: dict[str, str]
    spare: Sequence[str]
    there: Collection[str]


def paired(images: Path, annotations: Path) -> Paired:
    """By the path without its ending; else by the name alone, or the name that the XML file states, where one fits.

    Capitals are told apart only where both are there.
    """
    known = [*media_files(images, "", IMAGE_FILES, Counter())]
    files = {_stem(name): name for name in xml_files(annotations)}
    xml = {image: files[stem] for image in known if (stem := _stem(image)) in files}
    used = set(xml.values())
    spare = [name for name in files.values() if name not in used]
    for called in (_name, lambda name: _name(_stated(annotations / name))):
        left = _only((_name(image).casefold(), image) for image in known if image not in xml)
        found = _only((called(name).casefold(), name) for name in spare)
        xml |= {image: found[name] for name, image in left.items() if name in found}
        used = set(xml.values())
        spare = [name for name in spare if name not in used]
    lost = {_stem(name) + PurePosixPath(_stated(annotations / name)).suffix: name for name in spare}
    return Paired(known, xml | lost, [*lost], frozenset(known))


def _stem(name: str) -> str:
    """A path without its ending."""
    return str(PurePosixPath(name).with_suffix(""))


def _name(path: str) -> str:
    """The name alone, without folders and ending."""
    return PurePosixPath(path).stem


def _only(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The pairs whose first is there once, and says something."""
    given = list(pairs)
    counts = Counter(first for first, _ in given)
    return {first: second for first, second in given if first and counts[first] == 1}


def _stated(path: Path) -> str:
    """The name of the image that an XML file states; empty if none."""
    return PureWindowsPath((read_xml(path).findtext("filename") or "").strip()).name


def xml_files(folder: Path, prefix: str = "") -> Iterator[str]:
    """The XML files in a folder and below."""
    folders, files = entries(folder)
    yield from (prefix + name for name in files if name.lower().endswith(XML_ENDING))
    for name in folders:
        yield from xml_files(folder / name, f"{prefix}{name}/")


def split_lists(path: Path, purpose: str) -> dict[str, Path]:
    """The files of ImageSets/Main or ImageSets/Segmentation that list a split; others there list a class."""
    folder = path / "ImageSets" / purpose
    files = entries(folder)[1] if folder.is_dir() else []
    return {Path(name).stem: folder / name for name in files if name.endswith(".txt") and "_" not in name}


def listed(file: Path, images: Path) -> dict[str, list[int]]:
    """The images that a list names, one a line and without an ending; and the lines, from 1, that name each.

    An image that is not there is called as it is named. Raises `DataError` for a file that cannot be read.
    """
    known = [*media_files(images, "", IMAGE_FILES, Counter())]
    names = _only((_name(image), image) for image in known) | {_stem(image): image for image in known}
    names |= {image: image for image in known}
    note_read(file)
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read as a list of images: {error}") from None
    found: dict[str, list[int]] = {}
    for number, line in enumerate(lines, 1):
        if words := line.split():
            name = names.get(words[0]) or names.get(_name(words[0])) or words[0]
            found.setdefault(name, []).append(number)
    return found


def read_xml(path: Path) -> ElementTree.Element:
    """The root of a file. Raises `DataError` for one that is broken, very large, or defines entities."""
    note_read(path)
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(
                f"{path} has more than {LARGEST // 1_000_000} MB: this is not an annotation of one image"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise DataError(f"{path} defines a document type, which annotations have no need of: remove it")
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"{path} is not XML: {error}") from None
