"""Which mask belongs to which image: by the same name, a word that is added to it, or a pattern."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from ftcli.data.annotations.voc_files import listed
from ftcli.data.names.split_names import split_of
from ftcli.data.sources.folder import media_files
from ftcli.errors import DataError, listing
from ftcli.media.formats import IMAGE_FILES

NAME = "{name}"  # in `data.mask`: the name of an image without its ending
LOOKED_AT = 20  # images whose names are searched for among those of the masks
# Added to the name of an image that lies in the same folder.
WORDS = (
    "mask",
    "masks",
    "label",
    "labels",
    "seg",
    "segmentation",
    "gt",
    "annotation",
    "L",
    "matte",
    "groundtruth",
)
_FIRST_WORD = re.compile(r"[^\W\d_]+[_.-]?")
PHOTOS = (".jpg", ".jpeg", ".webp")


@dataclass(frozen=True, slots=True)
class Pairs:
    """The images of a folder and the mask of each, or None for one without."""

    images: Sequence[str]
    masks: Sequence[Path | None]
    notes: tuple[str, ...] = ()


def pictures(folder: Path, but: Path | None = None) -> list[str]:
    """The image files in a folder and below, but not those below another one."""
    apart = None if but is None or but == folder else os.path.relpath(but, folder) + os.sep
    found = media_files(folder, "", IMAGE_FILES, Counter())
    return [name for name in found if apart is None or not name.startswith(apart)]


def stem(name: str) -> str:
    """A path without its ending."""
    return os.path.splitext(name)[0]


def pairs(images: Path, chosen: Path | None, masks: Path, pattern: str | None) -> Pairs:
    """The images of a folder, or those that a list names, with masks of a folder, or of a pattern below it.

    Raises `DataError` for a folder without images, for masks none of which belongs to an image, and where more than
    one does.
    """
    if pattern is not None:
        return _by_pattern(images, chosen, masks, pattern)
    if masks == images:
        return _together(images)
    known = {stem(name): name for name in pictures(masks)}
    names = pictures(images, masks)
    names = names if chosen is None else [*listed(chosen, images)]
    if not names:
        raise DataError(f"{images} has no images")
    found, notes = _found(names, known, masks)
    if not any(found):
        raise DataError(
            f"{images}: {len(names):,} of its {len(names):,} images have no mask of the same name in {masks}: "
            f"{listing(names, 3)}; there are {listing(known.values(), 3) or 'no images'}. data.mask may say how masks "
            f"are called, such as {masks.name}/{NAME}_mask.png"
        )
    spare = sorted({*known.values()} - {*found})
    if spare and chosen is None:
        notes.append(_spare(masks, spare))
    return Pairs(names, [None if one is None else masks / one for one in found], tuple(notes))


def _found(
    images: Sequence[str], known: Mapping[str, str], masks: Path
) -> tuple[list[str | None], list[str]]:
    """The mask of each image, and how they are called; in other capitals where that finds more, and none twice."""
    names = [stem(name) for name in images]
    found, word = _masks_of(names, known, masks)
    folded = Counter(map(str.casefold, known))
    small = [name.casefold() for name in names]
    notes = []
    if not all(found) and len({*small}) == len(small):
        alone = {key.casefold(): name for key, name in known.items() if folded[key.casefold()] == 1}
        others, other_word = _masks_of(small, alone, masks)
        added = [None if own else other for own, other in zip(found, others, strict=True)]
        more = [own or other for own, other in zip(found, added, strict=True)]
        if any(added) and len({*filter(None, more)}) == sum(map(bool, more)):
            notes = [f"{masks}: capitals in the names of images and masks differ, as {_pair(images, added)}"]
            found, word = more, word if any(word) else other_word
    if any(word):
        words = f"masks are called like their images and {''.join(word)!r}, as {_pair(images, found)}"
        notes.append(f"{masks}: {words} (data.mask says otherwise)")
    return found, notes


def _masks_of(names: list[str], known: Mapping[str, str], masks: Path) -> tuple[list[str | None], Word]:
    """The mask of each name, and the word that masks have besides."""
    keys, (before, after) = _called(names, known, masks)
    return [known.get(f"{before}{key}{after}") for key in keys], (before, after)


def _pair(images: Sequence[str], found: Sequence[str | None]) -> str:
    """The first image with a mask."""
    return next((f"{image} has {mask}" for image, mask in zip(images, found, strict=True) if mask), "none")


def _spare(masks: Path, spare: Sequence[str]) -> str:
    return f"{masks}: {len(spare):,} masks without an image were not read: {listing(spare, 5)}"


Word = tuple[str, str]


def _called(images: list[str], known: Mapping[str, str], masks: Path) -> tuple[list[str], Word]:
    """What the masks share with the names of the images, and the word that they have besides.

    That are whole names, or what is left of them without an ending or a beginning that all images have: 7_sat.jpg
    and 7_mask.png, img_7.jpg and mask_7.png.
    """
    for names in (images, without_ending(images), _without_beginning(images)):
        same = sum(name in known for name in names)
        if same == len(names):
            return names, ("", "")
        if word := _word(names, known, masks, same):
            return names, word
    return images, ("", "")


def without_ending(names: list[str]) -> list[str]:
    """The names without the last words that all of them have."""
    columns = zip(*(reversed(name) for name in names), strict=False)
    shared = "".join(column[0] for column in takewhile(lambda column: len({*column}) == 1, columns))[::-1]
    at = re.search(r"[_.-]", shared)
    short = [name.removesuffix(shared[at.start() :]) for name in names] if at and len(names) > 1 else []
    return short if all(short) and len({*short}) == len(names) else names


def _without_beginning(names: list[str]) -> list[str]:
    """The names without the first word, if all of them have that."""
    words = {found[0] if (found := _FIRST_WORD.match(name)) else "" for name in names}
    shared = words.pop() if len(words) == 1 else ""
    short = [name[len(shared) :] for name in names]
    return short if len(names) > 1 and shared and all(short) else names


def _word(images: Sequence[str], known: Mapping[str, str], masks: Path, same: int) -> Word | None:
    """What is added to the names of most images, or of those that have masks, to have those of their masks.

    Raises `DataError` where several words are added to the names of as many images.
    """
    step = max(1, len(images) // LOOKED_AT)
    words = Counter(word for name in images[::step] for word in _words(name, known))
    fitting = {
        word: count
        for word, _ in words.most_common(LOOKED_AT)
        if (count := sum(f"{word[0]}{name}{word[1]}" in known for name in images)) > same
        and (2 * count > len(images) or (count > 1 and count == len(known)))
    }
    most = [word for word, count in fitting.items() if count == max(fitting.values())]
    if len(most) > 1:
        shown = listing([repr(f"{before}{NAME}{after}") for before, after in most], 5)
        folder = masks.name if split_of(masks.name) is None else f"{masks.parent.name}/{{split}}"
        raise DataError(
            f"{masks}: images have several masks: {shown}. data.mask says which is meant, such as "
            f"{folder}/{most[0][0]}{NAME}{most[0][1]}.png"
        )
    return most[0] if most else None


def _words(image: str, known: Iterable[str]) -> Iterator[Word]:
    for name in known:
        before, found, after = name.partition(image)
        if found and not (before and after):
            yield before, after


@dataclass(frozen=True, slots=True)
class Together:
    """The mask of each image, where most files of one folder are pairs; and masks without an image."""

    masks: Mapping[str, str]
    spare: Sequence[str] = ()


def together(names: Iterable[str], *, by_words: bool = False) -> Together | None:
    """Pairs such as a.jpg and a_mask.png, or, if not only `by_words`, a.jpg and a.png.

    None where half of the files are none.
    """
    files = [*names]
    stems = {stem(name): name for name in files}
    for after in (f"{mark}{word}" for word in WORDS for mark in "_-."):
        masks = {name.removesuffix(after): own for name, own in stems.items() if name.endswith(after)}
        found = {stems[name]: mask for name, mask in masks.items() if name in stems}
        if 4 * len(found) > len(files) and not (by_words and _are_photos(found.values())):
            return Together(found, sorted({*masks.values()} - {*found.values()}))
    if by_words:
        return None
    photos = {stem(name): name for name in files if name.lower().endswith(PHOTOS)}
    others = (name for name in files if not name.lower().endswith(PHOTOS))
    found = {photos[stem(name)]: name for name in others if stem(name) in photos}
    return Together(found) if 4 * len(found) > len(files) else None


def _are_photos(names: Iterable[str]) -> bool:
    """Whether all have an ending of photographs, as masks have not: a_mask.jpg may be a face with a mask."""
    return all(name.lower().endswith(PHOTOS) for name in names)


def _together(folder: Path) -> Pairs:
    """Images and masks in one folder."""
    files = pictures(folder)
    found = together(files)
    if found is None:
        raise DataError(f"{folder}: no masks were found among its images, such as a_mask.png for a.jpg")
    image, mask = next(iter(found.masks.items()))
    notes = [f"{folder}: {len(found.masks):,} images have their masks beside them, as {image} has {mask}"]
    if found.spare:
        notes.append(_spare(folder, found.spare))
    apart = {*found.masks.values(), *found.spare}
    names = [name for name in files if name not in apart]
    paths = [folder / found.masks[name] if name in found.masks else None for name in names]
    return Pairs(names, paths, tuple(notes))


def _by_pattern(images: Path, chosen: Path | None, root: Path, pattern: str) -> Pairs:
    masks = {*map(Path, glob.glob(str(root / "*".join(map(glob.escape, pattern.split(NAME))))))}
    names = [name for name in pictures(images) if images / name not in masks]
    names = names if chosen is None else [*listed(chosen, images)]
    if not names:
        raise DataError(f"{images} has no images")
    wanted, found = _patterned([stem(name) for name in names], root, pattern)
    if not any(found):
        wanted, found = _patterned(without_ending([stem(name) for name in names]), root, pattern)
    if not any(found):
        raise DataError(
            f"{images}: none of its {len(names):,} images has a mask; the first would be {wanted[0]}"
        )
    spare = sorted(path.name for path in masks - {*wanted})
    return Pairs(names, found, (_spare(root, spare),) if spare and chosen is None else ())


def _patterned(names: list[str], root: Path, pattern: str) -> tuple[list[Path], list[Path | None]]:
    """Where the mask of each name would be, and where it is."""
    wanted = [root / pattern.replace(NAME, name) for name in names]
    return wanted, [path if path.is_file() else None for path in wanted]
