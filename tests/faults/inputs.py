"""`python -m tests.faults.inputs [WORD ...] [--count N] [--seed N]`: spoilt configurations, tables and images.

Each must be taken, or be answered as a user's mistake; anything else is wrong. A minute or two.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from PIL import Image

from ftcli.config.schema import Data
from ftcli.contracts.modalities import TEXT
from ftcli.data.splits import open_splits
from ftcli.errors import UserError
from ftcli.media.images import decode
from ftcli.media.integrity import looks_complete
from tests.config.spoilt import answer, spoilt
from tests.faults.mutations import DAMAGES
from tests.tiny import data as tiny

COUNT = 1000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
MARKS = (
    b"\0",
    b"\xff",
    b"\n",
    b"\r",
    b'"',
    b",",
    b";",
    b"\t",
    b"nan",
    b"-1",
    b"{",
    b"[",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"",
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What was spoilt, what came of it in a word or two, and what is wrong with that."""

    what: str
    came: str
    wrong: str = ""


def configurations(folder: Path, count: int, start: int) -> Iterator[Tried]:
    """The shipped YAML files with other values, keys and characters."""
    tried: list[Tried] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(spoilt())
    def look(text: str) -> None:
        found = answer(folder, text)
        placed = "file, line and key" if found.placed else "a key or line missing"
        tried.append(Tried(text, placed if found.mistakes else "accepted", found.wrong))

    look()
    yield from tried


def tables(folder: Path, count: int, start: int) -> Iterator[Tried]:
    """CSV, JSON Lines and Parquet, damaged as files and with other bytes within them."""
    chance = random.Random(start)
    rows = tiny.reviews(40)
    whole = [
        make(folder / f"whole.{ending}", rows)
        for make, ending in ((tiny.table, "csv"), (tiny.jsonl, "jsonl"), (tiny.parquet, "parquet"))
    ]
    for _ in range(count):
        path = chance.choice(whole)
        name, content = _damaged(path.read_bytes(), chance)
        spoilt_path = folder / f"t{path.suffix}"
        spoilt_path.write_bytes(content)

        def read(source: Path = spoilt_path) -> None:
            data = Data(train=str(source), text="text", label="label")
            train = open_splits(data, inputs=(TEXT,), wants="category", seed=0, places={}).train
            for index in range(len(train)):
                str(train[index].inputs["text"]).encode()

        yield _tried(f"{path.suffix}: {name}", read)


def images(folder: Path, count: int, start: int) -> Iterator[Tried]:
    """All formats, damaged: found by the look before training, or only when they are decoded."""
    chance = random.Random(start)
    pixels = np.random.default_rng(start).integers(0, 255, (48, 64, 3), np.uint8)
    for _ in range(count):
        ending = chance.choice(FORMATS)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, ending)
        name, content = _damaged(file.getvalue(), chance)
        path = folder / f"a.{ending.lower()}"
        path.write_bytes(content)

        def read(source: Path = path) -> None:
            decode(source)

        tried = _tried(f"{ending}: {name}", read)
        seen = looks_complete(path)
        came = "decoded"
        if tried.came != "accepted":
            came = "named when it is decoded" if seen else "named before training"
        yield Tried(tried.what, came, tried.wrong)


def _damaged(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    """Content as disks, copies and people leave it."""
    name = chance.choice([*sorted(set(DAMAGES) - {"missing"}), "other bytes", "other bytes"])
    if name != "other bytes":
        return name, DAMAGES[name](content, chance) or b""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(content))
        content = content[:at] + chance.choice(MARKS) + content[at + chance.choice((0, 1, 5)) :]
    return name, content


def _tried(what: str, read: Callable[[], object]) -> Tried:
    try:
        read()
    except UserError as error:
        return Tried(what, "answered" if str(error) else "no words", "" if str(error) else "no words")
    except Exception as error:
        return Tried(what, "traceback", f"{type(error).__name__}: {error}")
    return Tried(what, "accepted")


CAMPAIGNS: dict[str, Callable[[Path, int, int], Iterator[Tried]]] = {
    "spoilt YAML files": configurations,
    "spoilt tables": tables,
    "spoilt images": images,
}


def main() -> int:
    """Run the campaigns whose names hold one of the words; the exit status says whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.inputs", description=__doc__)
    parser.add_argument("words", nargs="*", help="of the names of campaigns: " + "; ".join(CAMPAIGNS))
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    failures = 0
    sys.stdout.write("| trial | count | wrong | what came of them |\n|---|---|---|---|\n")
    for name, campaign in CAMPAIGNS.items():
        if chosen.words and not any(word in name for word in chosen.words):
            continue
        with tempfile.TemporaryDirectory() as folder:
            tried = list(campaign(Path(folder), chosen.count, chosen.seed))
        for one in tried:
            if one.wrong:
                sys.stderr.write(f"{name}: {one.what}: {one.wrong}\n")
        wrong = sum(bool(one.wrong) for one in tried)
        failures += wrong
        came = ", ".join(
            f"{count} {word}" for word, count in Counter(one.came for one in tried).most_common()
        )
        sys.stdout.write(f"| {name} | {len(tried)} | {wrong} | {came} |\n")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
