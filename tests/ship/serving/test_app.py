"""What a server answers: the predictions of the model in every form, and a refusal for whatever is not asked well."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ftcli import Predictor
from ftcli.ship.serving.limits import Limits
from tests.docs.written import text
from tests.ship.serving.running import FORM, JSON, Got, Running, form, running


def expected(server: Running, *examples: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a prediction without a server, and without ids."""
    rows = [row for one in server.predictor.predict(examples) for row in one.rows()]
    return without_ids(rows)


def without_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


def same(rows: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """Equal texts and labels, numbers to 1e-5."""
    assert len(rows) == len(wanted)
    for row, want in zip(rows, wanted, strict=True):
        assert row.keys() == want.keys()
        for name, value in want.items():
            assert row[name] == (pytest.approx(value, abs=1e-5) if isinstance(value, float) else value), name


def test_an_image_in_every_form(images: Running, photos: list[Path]) -> None:
    content = photos[0].read_bytes()
    coded = base64.b64encode(content).decode()
    wanted = expected(images, {"image": content})
    answers = [
        images.ask("/predict", form(("file", "a.png", content)), FORM),
        images.ask("/predict", form(("image", "a.png", content)), FORM),
        images.ask("/predict", content, {"Content-Type": "image/png"}),
        images.ask("/predict", content, {"Content-Type": "application/octet-stream"}),
        images.predict({"image": coded}),
        images.predict({"image": f"data:image/png;base64,{coded}"}),
        images.predict({"inputs": [{"image": coded}]}),
    ]
    for got in answers:
        same(without_ids(got.rows()), wanted)
        assert got.headers["content-type"] == "application/json"
        assert got.json["examples"] == 1
        assert got.json.keys() == {"checkpoint", "examples", "predictions"}
        assert got.json["checkpoint"] == "images/checkpoints/epoch-0001"


def test_several_files_and_their_names(images: Running, photos: list[Path]) -> None:
    contents = [path.read_bytes() for path in photos[:3]]
    names = ("a.png", "C:\\pictures\\b.png", "../../etc/c.png")
    got = images.ask(
        "/predict", form(*(("files[]", *pair) for pair in zip(names, contents, strict=True))), FORM
    )
    same(without_ids(got.rows()), expected(images, *({"image": one} for one in contents)))
    assert [row["id"] for row in got.rows()] == ["a.png", "b.png", "c.png"]


def test_texts_in_every_form(texts: Running) -> None:
    first, second = "a good film", "a dull and empty film from start to end, with a poor story"
    same(without_ids(texts.predict({"text": first}).rows()), expected(texts, {"text": first}))
    both = expected(texts, {"text": first}, {"text": second})
    answers = [
        texts.predict({"inputs": [{"text": first, "id": "x"}, {"text": second}]}),
        texts.predict({"inputs": [first, second]}),
        texts.predict([first, second]),
        texts.ask("/predict", form(("text", None, first.encode()), ("text", None, second.encode())), FORM),
        texts.ask("/predict", form(("file", "a.txt", first.encode()), ("text", None, second.encode())), FORM),
    ]
    for got in answers:
        same(without_ids(got.rows()), both)
    assert [row["id"] for row in answers[0].rows()] == ["x", "2"]
    plain = texts.ask("/predict", first.encode(), {"Content-Type": "text/plain; charset=utf-8"})
    same(without_ids(plain.rows()), both[:1])


def test_the_answer_is_what_the_command_prints(
    images: Running, photos: list[Path], trained: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from tests.running import Command

    printed = json.loads(Command(monkeypatch, capsys).ok("predict", trained / "images", photos[1], "--json"))
    got = images.ask("/predict", form(("file", photos[1].name, photos[1].read_bytes())), FORM)
    assert got.json.keys() == printed.keys()
    assert printed["checkpoint"].endswith(got.json["checkpoint"])
    same(without_ids(got.rows()), without_ids(printed["predictions"]))
    assert list(got.rows()[0]) == list(printed["predictions"][0])


def test_the_commands_for_texts_of_the_documentation(texts: Running) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not here")
    block = re.findall(r"```sh\n(.*?)```", text("docs/pages/serve.md"), flags=re.DOTALL)[1]
    counts = []
    for line in block.splitlines():
        command = line.replace("127.0.0.1:8000", f"127.0.0.1:{texts.port}")
        done = subprocess.run(
            ["bash", "-c", f"{command} --silent"], capture_output=True, text=True, check=True
        )
        counts.append(json.loads(done.stdout)["examples"])
    assert counts == [1, 2, 2, 1]


def test_what_there_is(images: Running) -> None:
    page = images.ask("/")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert images.ask("/v2").json["name"] == "ftcli"
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/images/ready"):
        assert images.ask(path).status == 200
    assert images.ask("/v2/models/images").json["name"] == "images"
    for got in (page, images.ask("/nothing"), images.ask("/predict", b"")):
        assert got.headers["x-content-type-options"] == "nosniff"


def test_what_is_counted(images: Running, photos: list[Path]) -> None:
    def numbers() -> dict[str, float]:
        got = images.ask("/metrics")
        assert got.headers["content-type"].startswith("text/plain")
        lines = [line for line in got.body.decode().splitlines() if not line.startswith("#")]
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}

    before = numbers()
    images.ask("/predict", photos[0].read_bytes(), {"Content-Type": "image/png"})
    images.ask("/predict", b"broken", {"Content-Type": "image/png"})
    images.ask('/a"b\nc'.replace("\n", "%0A"))
    after = numbers()

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert more('ftcli_requests_total{route="/predict",status="200"}') == 1
    assert more('ftcli_requests_total{route="/predict",status="422"}') == 1
    assert more('ftcli_requests_total{route="other",status="404"}') == 1
    assert more("ftcli_request_seconds_count") == 2
    assert more("ftcli_batch_examples_count") == more("ftcli_batch_examples_sum") == 1
    assert after["ftcli_queue_examples"] == 0
    assert after["ftcli_ready"] == 1


@pytest.mark.parametrize(
    ("status", "sentence", "path", "body", "headers", "method"),
    [
        (404, "nothing at this path", "/x", None, {}, "GET"),
        (404, "nothing at this path", "/predict/", b"", {}, "POST"),
        (404, "no model 'other' here. There is: images", "/v2/models/other", None, {}, "GET"),
        (404, "no model", "/v2/models/other/infer", b"{}", JSON, "POST"),
        (405, "GET is not taken", "/predict", None, {}, "GET"),
        (405, "DELETE is not taken", "/", None, {}, "DELETE"),
        (413, "more than 16 MB", "/predict", bytes(16_000_001), {"Content-Type": "image/png"}, "POST"),
        (415, "content-type is missing. Taken are: application/json, multipart", "/predict", b"x", {}, "POST"),
        (415, "content-type is 'text/html'", "/predict", b"x", {"Content-Type": "text/html"}, "POST"),
        (415, "content-encoding 'gzip'", "/predict", b"x", {**JSON, "Content-Encoding": "gzip"}, "POST"),
        (421, "answers as 127.0.0.1, ::1, localhost", "/", None, {"Host": "evil.example"}, "GET"),
        (403, "a page of another server", "/predict", b"{}", {**JSON, "Origin": "http://evil.example"}, "POST"),
        (422, "image is not base64", "/predict", b'{"image": "/etc/passwd"}', JSON, "POST"),
        (422, "does not know 'path'. It takes: image", "/predict", b'{"path": "/etc/passwd"}', JSON, "POST"),
        (422, "needs 'image'", "/predict", b"{}", JSON, "POST"),
    ],
)  # fmt: skip
def test_what_is_refused(
    images: Running, status: int, sentence: str, path: str, body: bytes | None, headers: dict[str, str],
    method: str,
) -> None:  # fmt: skip
    got = images.ask(path, body, headers, method)
    assert got.status == status
    assert got.json.keys() == {"error"}
    assert sentence in got.json["error"]
    assert (got.headers.get("allow") is not None) == (status == 405)


def test_a_file_is_the_answer_only_where_the_model_gives_one(images: Running, photos: list[Path]) -> None:
    headers = {"Content-Type": "image/png", "Accept": "image/png"}
    got = images.ask("/predict", photos[0].read_bytes(), headers)
    assert (got.status, got.json) == (
        406,
        {"error": "this model gives no image/png: accept application/json"},
    )
    twice = form(*(("file", "a.png", photos[0].read_bytes()) for _ in range(2)))
    assert images.ask("/predict", twice, {**FORM, "Accept": "image/png"}).status == 422


def test_an_own_page_may_ask(images: Running, photos: list[Path]) -> None:
    headers = {"Content-Type": "image/png", "Origin": f"http://127.0.0.1:{images.port}"}
    assert images.ask("/predict", photos[0].read_bytes(), headers).status == 200
    headers["Host"] = f"localhost:{images.port}"
    assert images.ask("/predict", photos[0].read_bytes(), headers).status == 403


def test_limits_of_a_request(trained: Path) -> None:
    limits = Limits(body=2000, room=2000, examples=3)
    with running(Predictor.open(trained / "texts"), limits) as server:
        assert server.predict(["a"] * 3).status == 200
        got = server.predict(["a"] * 4)
        assert (got.status, got.json["error"]) == (
            413, "the request has 4 examples, and at most 3 are taken at once",
        )  # fmt: skip
        chunked = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        chunked += b"Content-Type: text/plain\r\n\r\n"
        chunk = b"3e8\r\n" + b"a" * 1000 + b"\r\n"
        assert b"413 " in server.raw(chunked + 3 * chunk + b"0\r\n\r\n").splitlines()[0]
        assert b"411 " in server.raw(b"POST /predict HTTP/1.1\r\nHost: localhost\r\n\r\n").splitlines()[0]
        assert server.predict("a").status == 200


def test_a_bug_says_nothing_of_the_machine(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = Predictor.open(trained / "texts")
    with running(predictor) as server:
        with monkeypatch.context() as patch:
            patch.setattr(predictor, "predicted", lambda _: 1 / 0)
            got = server.predict("a good film")
        assert (got.status, got.json) == (500, {"error": "a bug of ftcli: the log of the server has more"})
        good: Got = server.predict("a good film")
        assert good.status == 200
