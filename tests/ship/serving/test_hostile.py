"""Bodies made to break a server: each is refused with a sentence, and the server goes on."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ftcli.media.audio import wav_bytes
from tests.ship.serving.running import BOUNDARY, FORM, JSON, Running, form

PNG = {"Content-Type": "image/png"}


def bomb() -> bytes:
    """A PNG of 60,000 x 60,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(10**6)))
        + chunk(b"IEND", b"")
    )


def saved(kind: str, size: tuple[int, int] = (64, 64)) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)).save(content, kind)
    return content.getvalue()


def zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.png", bytes(50_000_000))
    return content.getvalue()


def tensor(**changes: Any) -> bytes:
    one = {"name": "image", "datatype": "FP32", "shape": [1, 2, 2, 3], "data": [0.5] * 12, **changes}
    return json.dumps({"inputs": [one]}).encode()


JPEG = saved("JPEG")
CODED = base64.b64encode(saved("PNG")).decode()
HUGE_BMP = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 10**9, 10**9, 1, 24, 0, 0, 0, 0, 0, 0)
MANY_HEADERS = form(("file", "a.png", JPEG)).replace(b"\r\n\r\n", b"\r\nX: y" * 3000 + b"\r\n\r\n", 1)
TWICE = json.dumps({"inputs": json.loads(tensor())["inputs"] * 2}).encode()
OTHER = b'--other\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx\r\n--other--\r\n'
BODIES: dict[str, tuple[str, bytes, dict[str, str]]] = {
    # Images
    "truncated jpeg": ("/predict", JPEG[: len(JPEG) // 2], PNG),
    "head of a jpeg": ("/predict", JPEG[:20], PNG),
    "jpeg with a broken middle": ("/predict", JPEG[:300] + bytes(200) + JPEG[:200], PNG),
    "decompression bomb": ("/predict", bomb(), PNG),
    "truncated png": ("/predict", saved("PNG")[:200], PNG),
    "truncated webp": ("/predict", saved("WEBP")[:100], PNG),
    "truncated gif": ("/predict", saved("GIF")[:100], PNG),
    "tiff without strips": ("/predict", b"II*\0\x08\0\0\0\0\0\0\0", PNG),
    "bmp of a huge size": ("/predict", HUGE_BMP, PNG),
    "pixels of a text": ("/predict", b"P3\n1000000 1000000\n255\n0 0 0", PNG),
    "postscript": ("/predict", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", PNG),
    "svg": ("/predict", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>', PNG),
    "zip bomb": ("/predict", zipped(), PNG),
    "gzip": ("/predict", gzip.compress(bytes(10**6)), PNG),
    "pickle": ("/predict", b"\x80\x04cos\nsystem\n(S'touch /tmp/x'\ntR.", PNG),
    "null bytes": ("/predict", bytes(1000), PNG),
    "a sound": ("/predict", wav_bytes(np.zeros(100), 16_000), {"Content-Type": "application/octet-stream"}),
    "empty": ("/predict", b"", PNG),
    # Types
    "wrong content type": ("/predict", JPEG, {"Content-Type": "application/x-www-form-urlencoded"}),
    "sound type": ("/predict", JPEG, {"Content-Type": "audio/wav"}),
    "strange content type": ("/predict", JPEG, {"Content-Type": ";;;="}),
    "json that is a jpeg": ("/predict", JPEG, JSON),
    # Forms
    "wrong boundary": ("/predict", OTHER, FORM),
    "no boundary": ("/predict", OTHER, {"Content-Type": "multipart/form-data"}),
    "empty boundary": ("/predict", OTHER, {"Content-Type": "multipart/form-data; boundary="}),
    "long boundary": ("/predict", OTHER, {"Content-Type": f"multipart/form-data; boundary={'b' * 5000}"}),
    "form cut off": ("/predict", form(("file", "a.png", JPEG))[:-20], FORM),
    "form without end": ("/predict", f"--{BOUNDARY}\r\n".encode(), FORM),
    "empty form": ("/predict", f"--{BOUNDARY}--\r\n".encode(), FORM),
    "part without a name": ("/predict", form(("file", "a.png", JPEG)).replace(b'name="file"; ', b""), FORM),
    "part with long headers": ("/predict", form(("file", "a" * 20_000, JPEG)), FORM),
    "part with many headers": ("/predict", MANY_HEADERS, FORM),
    "path traversal in a name": ("/predict", form(("file", "../../../etc/passwd", b"root:x")), FORM),
    "null byte in a name": ("/predict", form(("file", "a.png\0.exe", b"x")), FORM),
    "path as a field": ("/predict", form(("image", None, b"/etc/passwd")), FORM),
    "unknown field": ("/predict", form(("../../etc/passwd", "a.png", JPEG)), FORM),
    "many parts": ("/predict", form(*(("file", "a.png", b"") for _ in range(2500))), FORM),
    "one good and one broken": ("/predict", form(("file", "a.png", saved("PNG")), ("file", "b.png", b"x")), FORM),
    # JSON
    "path as an image": ("/predict", b'{"image": "/etc/passwd"}', JSON),
    "path that is base64": ("/predict", b'{"image": "/etc/pas"}', JSON),
    "file url": ("/predict", b'{"image": "file:///etc/passwd"}', JSON),
    "http url": ("/predict", b'{"image": "http://127.0.0.1:9/x.png"}', JSON),
    "not json": ("/predict", b"{", JSON),
    "not utf-8": ("/predict", b'{"image": "\xff"}', JSON),
    "utf-16": ("/predict", json.dumps({"image": CODED}).encode("utf-16"), JSON),
    "huge number": ("/predict", b'{"image": ' + b"9" * 100_000 + b"}", JSON),
    "number too large for a float": ("/predict", b'{"image": 1e999999}', JSON),
    "nan": ("/predict", b'{"image": NaN}', JSON),
    "infinity": ("/predict", b'{"image": -Infinity}', JSON),
    "deep lists": ("/predict", b"[" * 1_000_000, JSON),
    "deep objects": ("/predict", b'{"image":' * 100_000 + b"1" + b"}" * 100_000, JSON),
    "a million items": ("/predict", json.dumps([{"image": ""}] * 1_000_000).encode()[:16_000_000], JSON),
    "a million short items": ("/predict", b"[" + b"0," * 1_000_000 + b"0]", JSON),
    "no items": ("/predict", b'{"inputs": []}', JSON),
    "items of another type": ("/predict", b'{"inputs": [null]}', JSON),
    "inputs of another type": ("/predict", b'{"inputs": {"image": 1}}', JSON),
    "more beside inputs": ("/predict", b'{"inputs": [], "device": "cuda"}', JSON),
    "a list as an image": ("/predict", b'{"image": [1, 2]}', JSON),
    "id of a megabyte": ("/predict", json.dumps({"image": CODED, "id": "x" * 10**6}).encode(), JSON),
    "id of another type": ("/predict", json.dumps({"image": CODED, "id": {}}).encode(), JSON),
    # The Open Inference Protocol
    "no inputs": ("/v2/models/images/infer", b"{}", JSON),
    "inputs that are none": ("/v2/models/images/infer", b'{"inputs": [1]}', JSON),
    "input without a name": ("/v2/models/images/infer", b'{"inputs": [{}]}', JSON),
    "the same input twice": ("/v2/models/images/infer", TWICE, JSON),
    "shape that lies": ("/v2/models/images/infer", tensor(shape=[1, 1000, 1000, 3]), JSON),
    "shape beyond all numbers": ("/v2/models/images/infer", tensor(shape=[10**30] * 4), JSON),
    "negative shape": ("/v2/models/images/infer", tensor(shape=[-1, 2, 2, 3]), JSON),
    "empty shape": ("/v2/models/images/infer", tensor(shape=[]), JSON),
    "no pixels": ("/v2/models/images/infer", tensor(shape=[1, 0, 0, 3], data=[]), JSON),
    "ragged data": ("/v2/models/images/infer", tensor(data=[[1], [2, 3]]), JSON),
    "data beyond floats": ("/v2/models/images/infer", tensor(data=[10**400] * 12), JSON),
    "data out of range": ("/v2/models/images/infer", tensor(data=[300] * 12), JSON),
    "texts as pixels": ("/v2/models/images/infer", tensor(data=["x"] * 12), JSON),
    "parts of pixels": ("/v2/models/images/infer", tensor(datatype="UINT8"), JSON),
    "unknown type": ("/v2/models/images/infer", tensor(datatype="INT4"), JSON),
    "type of another type": ("/v2/models/images/infer", tensor(datatype=[1]), JSON),
    "path as bytes": ("/v2/models/images/infer", tensor(datatype="BYTES", shape=[1], data=["/etc/passwd"]), JSON),
    "unknown input": ("/v2/models/images/infer", tensor(name="/etc/passwd"), JSON),
    "unknown output": ("/v2/models/images/infer", tensor()[:-1] + b', "outputs": [{"name": "x"}]}', JSON),
    "outputs of another type": ("/v2/models/images/infer", tensor()[:-1] + b', "outputs": 3}', JSON),
}  # fmt: skip
HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
RAW = {
    "negative length": HEAD + b"Content-Length: -5\r\n\r\nabcde",
    "length that is no number": HEAD + b"Content-Length: five\r\n\r\nabcde",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "length and chunks": HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
    "length beyond all bodies": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
    "chunk of a broken size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "no length": HEAD + b"\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "not http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "head of 100 KB": HEAD + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    "line break in a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
    "path that leaves": b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "path that leaves, encoded": b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_used_is_refused(images: Running, name: str) -> None:
    path, body, headers = BODIES[name]
    got = images.ask(path, body, headers)
    assert 400 <= got.status < 500, got.body
    assert got.json.keys() == {"error"}
    sentence = got.json["error"]
    assert sentence.isprintable()
    assert not [word for word in ("Traceback", "/site-packages", "object at 0x", ".py") if word in sentence]


@pytest.mark.parametrize("name", RAW)
def test_what_is_not_http_is_refused(images: Running, name: str) -> None:
    line = images.raw(RAW[name], seconds=10).splitlines()[0]
    assert 400 <= int(line.split()[1]) < 500


def test_there_are_enough_of_them_and_the_server_answers(images: Running, photos: list[Path]) -> None:
    assert len(BODIES) + len(RAW) >= 60
    assert images.ask("/predict", photos[0].read_bytes(), PNG).status == 200
    assert b'status="5' not in images.ask("/metrics").body


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "\\ud800"}', b'{"text": null}', b'{"text": 3}', b'{"text": {"a": "b"}}', b'{"text": ["a"]}',
        b'{"text": [{"role": "user", "content": "a"}]}', b'{"text": "a", "text_pair": "b"}', b'{"text": []}',
        json.dumps({"text": "a " * 600_000}).encode(), b'{"image": "a"}', b'"\\udfff"',
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_used_is_refused(texts: Running, body: bytes) -> None:
    got = texts.ask("/predict", body, JSON)
    assert got.status in (413, 422), got.body
    assert got.json.keys() == {"error"}


@pytest.mark.parametrize("text", ["", "\0", "!" * 200_000 + "a", "\u202e\u200b", "a" * 900_000, "🙂" * 1000])
def test_a_strange_text_is_predicted(texts: Running, text: str) -> None:
    assert texts.predict({"text": text}).status == 200
