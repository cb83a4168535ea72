"""Many clients at once: all get what the model predicts for them alone, and none spoils what others get."""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from ftcli import Predictor
from ftcli.errors import DataError
from ftcli.ship.serving.engine import likeness
from ftcli.ship.serving.limits import Limits
from tests.ship.serving.running import FORM, JSON, Running, form, running


def wanted(server: Running, example: dict[str, Any]) -> list[dict[str, Any]]:
    return server.predictor.predict([example])[0].rows()


def near(row: dict[str, Any], want: dict[str, Any]) -> bool:
    return row["label"] == want["label"] and all(
        row[name] == (pytest.approx(value, abs=1e-5) if isinstance(value, float) else value)
        for name, value in want.items()
        if name != "id"
    )


def test_200_mixed_requests_at_once_are_all_answered_as_alone(
    images: Running, texts: Running, photos: list[Path]
) -> None:
    sentences = ["good " * (1 + n % 14) + str(n) for n in range(100)]
    contents = [photos[n % len(photos)].read_bytes() for n in range(100)]
    broken = {n for n in range(100) if n % 10 == 3}
    rows: dict[tuple[str, int], Any] = {}

    def ask(number: int) -> None:
        coded = base64.b64encode(contents[number]).decode()
        if number in broken:
            rows["images", number] = images.ask(
                "/predict", b"x" * number, {"Content-Type": "image/png"}
            ).status
        elif number % 2:
            rows["images", number] = images.predict({"image": coded}).rows()[0]
        else:
            body = form(("file", "a.png", contents[number]))
            rows["images", number] = images.ask("/predict", body, FORM).rows()[0]
        pair = [sentences[number], sentences[99 - number]]
        rows["texts", number] = texts.predict(pair).rows()

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(ask, range(100)))
    assert len(rows) == 200
    alone = {sentence: wanted(texts, {"text": sentence})[0] for sentence in sentences}
    seen = {content: wanted(images, {"image": content})[0] for content in contents}
    for number in range(100):
        first, second = rows["texts", number]
        assert near(first, alone[sentences[number]])
        assert near(second, alone[sentences[99 - number]])
        if number in broken:
            assert rows["images", number] == 422
        else:
            assert near(rows["images", number], seen[contents[number]])


class Gate:
    """Holds the model until it is opened, and sees the sizes of batches."""

    def __init__(self, predictor: Predictor, monkeypatch: pytest.MonkeyPatch, bad: str = "") -> None:
        self.open, self.entered, self.sizes = threading.Event(), threading.Event(), list[int]()
        work = predictor.predicted

        def predicted(encoded: Any) -> Any:
            if self.sizes or (len(encoded) == 1 and encoded[0].id != "small"):
                self.entered.set()
                assert self.open.wait(30)
            self.sizes.append(len(encoded))
            if bad in [one.id for one in encoded]:
                raise DataError("this one cannot be predicted")
            return work(encoded)

        monkeypatch.setattr(predictor, "predicted", predicted)


def held(server: Running, gate: Gate) -> threading.Thread:
    """A request that keeps the model busy."""
    thread = threading.Thread(target=lambda: server.predict("a"))
    thread.start()
    assert gate.entered.wait(10)
    return thread


def until(condition: Any) -> None:
    waiting = threading.Event()
    for _ in range(500):
        if condition():
            return
        waiting.wait(0.02)
    raise AssertionError("it did not become so")


def test_batches_hold_what_waits_and_one_bad_example_spoils_no_other(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = Predictor.open(trained / "texts")
    gate = Gate(predictor, monkeypatch, bad="bad")
    with running(predictor, batch=8) as server, ThreadPoolExecutor(8) as pool:
        busy = held(server, gate)
        asked = [
            pool.submit(server.predict, {"text": "good film", "id": id_}) for id_ in ("x", "bad", "y", "z")
        ]
        until(lambda: len(server.server._engine.line) == 5)
        gate.open.set()
        busy.join()
        answers = [one.result() for one in asked]
        assert [one.status for one in answers] == [200, 422, 200, 200]
        assert answers[1].json == {"error": "this one cannot be predicted"}
        # The samples, the one that kept it busy, the batch, and each of it by itself.
        assert gate.sizes == [2, 1, 4, 1, 1, 1, 1]


def test_a_full_queue_says_when_to_come_again_and_a_client_that_hangs_up_frees_its_place(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = Predictor.open(trained / "texts")
    gate = Gate(predictor, monkeypatch)
    with running(predictor, Limits(examples=3)) as server:
        line = server.server._engine.line
        busy = held(server, gate)
        impatient = HTTPConnection("127.0.0.1", server.port)
        impatient.request("POST", "/predict", json.dumps(["b", "c"]), JSON)
        until(lambda: len(line) == 3)
        got = server.predict("d")
        assert (got.status, got.headers["retry-after"]) == (429, "1")
        assert got.json["error"].startswith("3 examples wait, and there is room for 3")
        impatient.close()
        until(lambda: len(line) == 1)
        gate.open.set()
        busy.join()
        assert server.predict("d").status == 200
        assert gate.sizes == [2, 1, 1]


def test_who_waits_too_long_is_told(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = Predictor.open(trained / "texts")
    gate = Gate(predictor, monkeypatch)
    with running(predictor, Limits(waiting=0.2)) as server:
        busy = held(server, gate)
        got = server.predict("b")
        assert (got.status, got.headers["retry-after"]) == (429, "1")
        assert "has not begun with this request within 0.2 s" in got.json["error"]
        gate.open.set()
        busy.join()


def test_a_network_that_fails_on_its_sample_ends_the_server(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = Predictor.open(trained / "texts")
    monkeypatch.setattr(predictor, "predicted", lambda _: 1 / 0)
    from ftcli.ship.serving.listening import bound
    from ftcli.ship.serving.start import server

    with pytest.raises(ZeroDivisionError):
        server(predictor, "127.0.0.1", Limits()).run(bound("127.0.0.1", 0))


def test_texts_of_any_length_are_alike_and_images_whose_batches_have_a_shape(
    images: Running, texts: Running
) -> None:
    kinds = []
    for server, examples in (
        (texts, [{"text": "a"}, {"text": "a b c"}]),
        (
            images,
            [
                {"image": one["image"]}
                for one in map(dict, (e.inputs for e in images.predictor.task.samples()))
            ],
        ),
    ):
        task, inputs = server.predictor.task, server.predictor.trained.task_type.inputs
        kinds.append([likeness(server.predictor.encoded(one), task, inputs) for one in examples])
    assert kinds[0][0][0] == kinds[0][1][0]
    assert kinds[0][0][1] < kinds[0][1][1]
    assert kinds[1][0] == kinds[1][1]
