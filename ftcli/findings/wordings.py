"""Texts that are nearly the same: but for case, spaces and marks, or with a few other words."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.data.splitting.same_content import Where
from ftcli.findings.corpus import Corpus, flat
from ftcli.store.fingerprints import content_key

# Texts of fewer words are often the same by chance, such as "Thank you!" and "thank you".
LEAST_WORDS = 5
# Of texts with at least so many words, those count as near that share LIKE of their pairs of neighbouring words
# (Jaccard): one other word of 20. Two texts with other numbers never do, as templates that were filled in have.
LEAST_FOR_LIKE, LIKE = 20, 0.8
# MinHash (Broder 1997): 16 bands of 4 of 64 hashes propose a pair at a Jaccard of 0.8 with 99.98 %, at 0.3 with 12 %.
_HASHES, _BANDS = 64, 16
# Texts that one is compared with in each band, so that the time is linear.
_NEIGHBOURS = 20
# Words; a character of scripts that are written without spaces is one.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_RANDOM = np.random.default_rng(0)
_FACTORS = _RANDOM.integers(1, 1 << 63, _HASHES, dtype=np.uint64) | np.uint64(1)
_OFFSETS = _RANDOM.integers(0, 1 << 63, _HASHES, dtype=np.uint64)


def near_texts(corpus: Corpus, wheres: Sequence[Where]) -> tuple[list[tuple[int, int]], list[str]]:
    """Pairs of numbers of examples whose texts are nearly the same; texts are never broken."""
    pairs: list[tuple[int, int]] = []
    known: dict[bytes, int] = {}
    numbers, rows = [], []
    for number, where in enumerate(wheres):
        texts = corpus.input(where)
        words = _all_words(texts)
        # Behind each text stands a mark.
        if len(words) - len(texts) < LEAST_WORDS:
            continue
        before = known.setdefault(_key(words), number)
        if before != number:
            pairs.append((before, number))
        elif len(words) >= LEAST_FOR_LIKE:
            numbers.append(number)
            rows.append(_signature(words))
    for one, other in ((numbers[one], numbers[other]) for one, other in _proposed(rows)):
        # Read again, as they are few: words of all texts would fill the memory.
        first, second = corpus.input(wheres[one]), corpus.input(wheres[other])
        # Of texts that belong together, such as a question and an answer, each is to be like the other's.
        if len(first) == len(second) and all(map(are_like, first, second)):
            pairs.append((one, other))
    return sorted(set(pairs)), []


def words_of(text: Any) -> list[str]:
    """The words of a text, which may be a tuple of words, or a chat, in one case and form."""
    return _WORD.findall(unicodedata.normalize("NFKC", flat(text)).casefold())


def _all_words(texts: tuple[Any, ...]) -> list[str]:
    """The words of all texts of an example, with a mark behind each text."""
    return [word for text in texts for word in (*words_of(text), "|")]


def _key(words: Sequence[str]) -> bytes:
    return content_key(" ".join(words))


def _pairs_of(words: Sequence[str]) -> set[tuple[str, str]]:
    return set(pairwise(words))


def _signature(words: Sequence[str]) -> NDArray[np.uint32]:
    """The least of each of 64 hashes of the pairs of words, uint32 (64,)."""
    crcs = [zlib.crc32(f"{one} {other}".encode(errors="surrogatepass")) for one, other in _pairs_of(words)]
    hashes = np.asarray(crcs, dtype=np.uint64)[:, None] * _FACTORS + _OFFSETS
    least: NDArray[np.uint32] = (hashes >> np.uint64(32)).min(0).astype(np.uint32)
    return least


def _proposed(rows: Sequence[NDArray[np.uint32]]) -> Iterator[tuple[int, int]]:
    """Pairs of positions whose signatures have a band in common, each once."""
    if len(rows) < 2:
        return
    bands = np.ascontiguousarray(np.stack(rows)).view([("", np.uint32)] * (_HASHES // _BANDS))
    found: set[tuple[int, int]] = set()
    for band in bands.reshape(len(rows), _BANDS).T:
        order = np.argsort(band, kind="stable")
        values = band[order]
        for step in range(1, min(_NEIGHBOURS, len(rows) - 1) + 1):
            same = np.flatnonzero(values[:-step] == values[step:])
            if not len(same):
                break
            found.update(zip(order[same].tolist(), order[same + step].tolist(), strict=True))
    yield from sorted(found)


def are_like(one: Any, other: Any) -> bool:
    """Whether two texts have the same words, or are long and share most pairs of words, and all numbers."""
    first, second = words_of(one), words_of(other)
    if first == second:
        return True
    if min(len(first), len(second)) < LEAST_FOR_LIKE or _numbers(first) != _numbers(second):
        return False
    a, b = _pairs_of(first), _pairs_of(second)
    return len(a & b) >= LIKE * len(a | b)


def _numbers(words: Sequence[str]) -> list[str]:
    return [word for word in words if any(char.isdigit() for char in word)]
