"""Images, sounds and tables that are made to break, fill or lead away whoever reads them."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.hostile import payloads
from tests.hostile.case import Hostile, Make, each
from tests.hostile.payloads import PAYLOADS
from tests.tiny import data as tiny_data

NEW = "new.png"
MODEL = "runs/images"
PREDICT = ("predict", "--checkpoint", MODEL, NEW)
TRAIN = ("train", "images.yaml", "--dry-run")


def chunk(kind: bytes, content: bytes) -> bytes:
    """A piece of a PNG file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, rows: bytes = b"") -> bytes:
    """A PNG file of 8-bit grey, of which so many rows are there."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *chunks, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def saved(form: str, image: Image.Image | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    (image or Image.new("RGB", (32, 32), "red")).save(file, form, **options)
    return file.getvalue()


def tiff_pages() -> bytes:
    """A TIFF file of 200 pages; only the first is an example."""
    pages = [Image.new("L", (64, 64), number % 256) for number in range(200)]
    return saved("TIFF", pages[0], save_all=True, append_images=pages[1:])


def tiff(width: int, height: int) -> bytes:
    """A TIFF file whose head says how large it is, and that it is packed."""
    tags = [
        (256, width),
        (257, height),
        (258, 8),
        (259, 5),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, 8),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags)) + entries + bytes(4)


def zeros(megabytes: int) -> bytes:
    """So many zeros, packed by zlib without ever being in memory."""
    pack, piece = zlib.compressobj(9), bytes(1_000_000)
    return b"".join(pack.compress(piece) for _ in range(megabytes)) + pack.flush()


BOMB = zeros(200)
LONG_TEXT = chunk(b"zTXt", b"Comment\0\0" + BOMB)
PROFILE = chunk(b"iCCP", b"profile\0\0" + BOMB)
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(canary) (w) file closefile\nshowpage\n"
PHOTOSHOP = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 30000, 30000, 8, 3) + bytes(64)
FITS = (
    b"SIMPLE  =                    T".ljust(80)
    + b"BITPIX  =                    8".ljust(80)
    + b"END".ljust(2720)
)
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
HTML = b"<html><script>alert(1)</script></html>"

IMAGES = {
    "png-of-2500-million-pixels": png(50_000, 50_000),
    "png-of-most-pixels": png(2**31 - 1, 2**31 - 1),
    "png-that-is-short": png(13_000, 13_000),
    "png-profile": png(8, 8, PROFILE),
    "png-text": png(8, 8, LONG_TEXT, rows=bytes(72)),
    "gif-of-most-pixels": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08\0\0;",
    "bmp-of-most-pixels": b"BM" + struct.pack("<IIIIiiHH", 99, 0, 54, 40, 2**31 - 1, 2**31 - 1, 1, 24) + bytes(24),
    "jpeg-of-most-pixels": saved("JPEG")[:20] + b"\xff\xc0\0\x0b\x08\xff\xff\xff\xff\x01\x01\x11\0\xff\xd9",
    "webp-of-most-pixels": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff" + bytes(12),
    "tiff-of-most-pixels": tiff(60_000, 60_000),
    "ppm-of-most-pixels": b"P6\n99999 99999\n255\n",
    "eps": POSTSCRIPT, "psd": PHOTOSHOP, "fits": FITS, "pdf": PDF, "svg": SVG, "html": HTML,
    "ico": saved("ICO"), "icns": b"icns\0\0\0\x10ic07\0\0\0\x08", "jpeg-2000": saved("JPEG2000"), "pcx": saved("PCX"),
    "pickle": b"\x80\x04cposix\nsystem\n.", "empty": b"", "gzip": gzip.compress(saved("PNG")),
}  # fmt: skip
HARMLESS_IMAGES = {"tiff-pages": tiff_pages()}


def example(name: str, content: bytes, **options: Any) -> Hostile:
    """An image to predict."""
    return Hostile(name, lambda folder: (folder / NEW).write_bytes(content), PREDICT, (NEW,), **options)


def among(name: str) -> Hostile:
    """An image among those to train on."""

    def make(folder: Path) -> None:
        (folder / "photos/train/red/bad.png").write_bytes(IMAGES[name])

    return Hostile(f"train-{name}", make, TRAIN, ("bad.png",))


def link(target: str) -> Make:
    return lambda folder: (folder / NEW).symlink_to(target)


def pipe(folder: Path) -> None:
    os.mkfifo(folder / NEW)


PICTURES = [
    *(example(name, content) for name, content in IMAGES.items()),
    *(example(name, content, harmless=True) for name, content in HARMLESS_IMAGES.items()),
    *(
        among(name)
        for name in ("png-of-2500-million-pixels", "tiff-of-most-pixels", "eps", "psd", "pickle", "pdf")
    ),
    Hostile("device", link("/dev/zero"), PREDICT, (NEW,)),
    Hostile(
        "device-in-training",
        lambda folder: (folder / "photos/train/red/bad.png").symlink_to("/dev/zero"),
        TRAIN,
    ),
    Hostile("pipe", pipe, PREDICT, (NEW,)),
    Hostile("pipe-in-training", lambda folder: os.mkfifo(folder / "photos/train/red/bad.png"), TRAIN),
    Hostile("loop", link(NEW), PREDICT, (NEW,)),
]


# ------------------------------------------------------------------------------------------------------- tables

TABLE = ("train", "texts.yaml", "--dry-run")
ZEROS = bytes(1_000_000)


def table(name: str, file: str, content: bytes | Callable[[], bytes], *said: str, **options: Any) -> Hostile:
    """A table to train on. What is large is made when its test runs, as all tests are collected in each worker."""

    def make(folder: Path) -> None:
        (folder / file).write_bytes(content if isinstance(content, bytes) else content())

    return Hostile(name, make, (*TABLE, f"data.train={file}"), (file, *said), **options)


def packed(*parts: bytes, times: int = 400) -> bytes:
    """What gzip makes of the first part, and so many times the second."""
    file = io.BytesIO()
    with gzip.open(file, "wb", 9) as pack:
        pack.write(parts[0])
        for _ in range(times):
            pack.write(parts[1])
    return file.getvalue()


ONE_LONG_CELL = """
import sys
import pyarrow as pa
import pyarrow.parquet as pq
table = pa.table({"text": pa.array(["a" * 600_000_000], pa.large_string()), "label": ["a"]})
pq.write_table(table, sys.stdout.buffer, compression="zstd", use_dictionary=False, write_statistics=False)
"""


def one_long_cell() -> bytes:
    """A Parquet file of some kilobytes, with a text of 600 MB. Another process makes it and gives its memory back."""
    return subprocess.run([sys.executable, "-c", ONE_LONG_CELL], check=True, capture_output=True).stdout


ROW = b"good film,good\n"
TABLES = [
    table("gzip-one-line", "t.csv.gz", partial(packed, b"text,label\n", b"a" * 1_000_000), "t.csv.gz:2"),
    table(
        "gzip-many-lines", "t.csv.gz",
        partial(packed, b"text,label\n", b"good film " * 100 + b",good\n", times=200_000),
    ),
    table("gzip-one-line-of-json", "t.jsonl.gz", partial(packed, b'{"text": "', b"a" * 1_000_000)),
    table("gzip-in-gzip", "t.csv.gz", gzip.compress(gzip.compress(b"text,label\n" + ROW))),
    table("gzip-of-a-pickle", "t.csv.gz", gzip.compress(b"\x80\x04cposix\nsystem\n.")),
    table("parquet-long-cell", "t.parquet", one_long_cell),
    table("parquet-pickle", "t.parquet", b"\x80\x04cposix\nsystem\n."),
    table("parquet-footer", "t.parquet", b"PAR1" + bytes(16) + struct.pack("<I", 2**32 - 1) + b"PAR1"),
    table("json-deep", "t.jsonl", b'{"text":' * 200_000 + b"\n"),
    table("json-number", "t.jsonl", b'{"text": "a", "label": ' + b"9" * 10_000 + b"}\n" * 2),
    table("csv-nul", "t.csv", b"text,label\n\0\0\0\n"),
    table("csv-wide", "t.csv", b"text,label\n" + b"," * 3_000_000 + b"\n"),
]  # fmt: skip


def boxes(name: str, file: str, content: str, *said: str) -> Hostile:
    """Annotations of boxes."""
    yaml = (
        "task: object-detection\ndata: {source: boxes, image_size: 64}\n"
        "model: {backbone: torchvision/ssdlite320_mobilenet_v3_large, weights: none}\ntraining: {device: cpu}\n"
    )

    def make(folder: Path) -> None:
        (folder / "boxes.yaml").write_text(yaml)
        for number in range(2):
            tiny_data.image(folder / f"boxes/images/{number}.png", size=(64, 64))
        (folder / "boxes" / file).parent.mkdir(exist_ok=True, parents=True)
        (folder / "boxes" / file).write_text(content)

    return Hostile(name, make, ("train", "boxes.yaml", "--dry-run"), said)


LAUGH = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
MERGES = "a0: &a0 {k: 1}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
ALIASES = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
COCO = {"images": [{"id": 1, "file_name": "../../../../../../etc/passwd", "width": 9, "height": 9}],
        "annotations": [], "categories": [{"id": 1, "name": "a"}]}  # fmt: skip
ANNOTATIONS = [
    boxes(
        "xml-laughs",
        "Annotations/0.xml",
        f'<!DOCTYPE l [<!ENTITY l0 "l">{LAUGH}]><annotation>&l9;</annotation>',
    ),
    boxes(
        "xml-outside", "Annotations/0.xml", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    ),
    boxes("xml-deep", "Annotations/0.xml", "<a>" * 400_000),
    boxes("yolo-merges", "data.yaml", f"train: images\nnames: [a]\n{MERGES}", "data.yaml"),
    boxes("yolo-aliases", "data.yaml", f"train: images\n{ALIASES}names: *a9\n", "data.yaml"),
    boxes(
        "yolo-python", "data.yaml", "names: !!python/object/apply:os.system ['touch canary']\n", "data.yaml"
    ),
    boxes("yolo-deep", "data.yaml", "[" * 100_000, "data.yaml"),
    boxes("coco-deep", "instances.json", '{"images": ' * 200_000),
    boxes("coco-elsewhere", "instances.json", json.dumps(COCO)),
]


# ------------------------------------------------------------------------------------------------------- sounds


def wav(rate: int, channels: int, promised: int, samples: bytes) -> bytes:
    form = struct.pack(
        "<HHIIHH", 1, channels, rate, rate * channels * 2 & 0xFFFFFFFF, channels * 2 & 0xFFFF, 16
    )
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", promised) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


def flac(frames: int, channels: int = 1, rate: int = 8000) -> bytes:
    """The head of a FLAC file that promises so many frames."""
    bits = rate << 44 | (channels - 1) << 41 | 15 << 36 | frames
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + bits.to_bytes(8, "big") + bytes(16)
    return b"fLaC" + b"\x80" + len(info).to_bytes(3, "big") + info


SILENCE = bytes(16_000)
SOUNDS = {
    "wav-promises.wav": wav(8000, 1, 2**32 - 2, SILENCE),
    "wav-65535-channels.wav": wav(8000, 65535, len(SILENCE), SILENCE),
    "wav-no-rate.wav": wav(0, 1, len(SILENCE), SILENCE),
    "wav-no-channel.wav": wav(8000, 0, len(SILENCE), SILENCE),
    "flac-most-frames.flac": flac(2**36 - 1),
    "flac-200-million-frames.flac": flac(200_000_000),
    "pickle.wav": b"\x80\x04cposix\nsystem\n.",
    "ogg.ogg": b"OggS" + bytes(200),
    "mp3.mp3": b"\xff\xfb\x90\0" + bytes(500) + b"\xff\xfb\x90\0",
    "caf.wav": b"caff\0\x01\0\0desc\0\0\0\0\0\0\0 " + bytes(32),
}


def sound(name: str) -> Hostile:
    """A folder of sounds for `ftcli init`, of which one is hostile, and training with it."""
    yaml = "task: audio-classification\ndata: {source: sounds}\n"

    def make(folder: Path) -> None:
        model = "model: {backbone: wav2vec2, config: {hidden_size: 48, num_hidden_layers: 1}}\n"
        (folder / "sounds.yaml").write_text(f"{yaml}{model}training: {{device: cpu}}\n")
        for label in ("a", "b"):
            (folder / "sounds" / label).mkdir(parents=True)
            for number in range(4):
                content = wav(8000, 1, len(SILENCE), np.arange(8000, dtype="<i2").tobytes())
                (folder / f"sounds/{label}/{number}.wav").write_bytes(content)
        (folder / "sounds/a" / name).write_bytes(SOUNDS[name])

    return Hostile(name, make, ("train", "sounds.yaml", "--dry-run"), (name,))


@each(PICTURES)
def test_a_picture(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)


@each(TABLES)
def test_a_table(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)


@each(ANNOTATIONS)
def test_annotations(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)


@each([sound(name) for name in SOUNDS])
def test_a_sound(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)


def known(name: str, data: str, make: Make, *said: str) -> Hostile:
    """A data set of torchvision that somebody else has put there."""
    yaml = f"task: image-classification\ndata: {{source: {data}, root: known, download: false, image_size: 32}}\n"
    model = "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\ntraining: {device: cpu}\n"

    def all_of_it(folder: Path) -> None:
        (folder / "known.yaml").write_text(yaml + model)
        make(folder / "known")

    return Hostile(name, all_of_it, ("train", "known.yaml", "--dry-run"), (data, *said))


def cifar(folder: Path) -> None:
    """Every file of CIFAR-10 is a payload."""
    batches = folder / "cifar-10-batches-py"
    batches.mkdir(parents=True)
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta"]
    for name in names:
        payloads.bare(batches / name, PAYLOADS["exec"]())


def svhn(folder: Path) -> None:
    folder.mkdir()
    payloads.bare(folder / "train_32x32.mat", PAYLOADS["exec"]())


def old_mnist(folder: Path) -> None:
    """MNIST as torchvision kept it once: files of torch."""
    processed = folder / "MNIST/processed"
    processed.mkdir(parents=True)
    for name in ("training.pt", "test.pt"):
        payloads.archive(processed / name, PAYLOADS["exec"]())


def raw_mnist(folder: Path) -> None:
    """Heads that promise more images than there is memory."""
    raw = folder / "MNIST/raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        (raw / f"{part}-images-idx3-ubyte").write_bytes(
            struct.pack(">HBBIII", 0, 8, 3, 2**31, 28, 28) + bytes(64)
        )
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">HBBI", 0, 8, 1, 2**31) + bytes(64))


@each([
    known("cifar", "cifar10", cifar), known("mnist-old", "mnist", old_mnist), known("mnist-raw", "mnist", raw_mnist),
    known("svhn", "svhn", svhn),
])  # fmt: skip
def test_a_data_set_of_torchvision(case: Hostile, opened: Callable[[Hostile], object]) -> None:
    opened(case)
