"""The end of a server, and clients that are too slow for it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h11
import pytest

from ftcli import Predictor
from ftcli.ship.serving.limits import Limits
from ftcli.ship.serving.server import _hang_up
from tests.ship.serving.running import JSON, Got, running
from tests.ship.serving.test_engine import Gate, held, until


def test_it_is_ready_after_the_first_prediction_and_answers_what_came_before(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ftcli.ship.serving.listening import bound
    from ftcli.ship.serving.start import server

    predictor, go = Predictor.open(trained / "texts"), threading.Event()
    work = predictor.predicted
    monkeypatch.setattr(predictor, "predicted", lambda encoded: go.wait(30) and work(encoded))
    begun = threading.Event()
    made, sock = server(predictor, "127.0.0.1", Limits(), begun=begun.set), bound("127.0.0.1", 0)
    port = sock.getsockname()[1]
    thread = threading.Thread(target=made.run, args=(sock,))
    thread.start()

    def ask(path: str) -> Any:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path)
        response = connection.getresponse()
        found = response.status, json.loads(response.read())
        connection.close()
        return found

    until(lambda: made._server.started)
    for path in ("/v2/health/ready", "/v2/models/texts/ready", "/v2/models/texts"):
        assert ask(path) == (503, {"error": "the model has not predicted yet"})
    assert ask("/v2/health/live")[0] == 200
    assert not begun.is_set()
    go.set()
    assert begun.wait(30)
    assert ask("/v2/health/ready") == (200, {"ready": True, "name": "texts"})
    made.end()
    thread.join(30)


def test_all_requests_in_flight_are_answered_at_the_end(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = Predictor.open(trained / "texts")
    gate = Gate(predictor, monkeypatch)
    answers: list[Got] = []
    with running(predictor, batch=4) as server:
        threads = [held(server, gate)]
        for number in range(20):
            threads.append(
                threading.Thread(target=lambda n=number: answers.append(server.predict(f"film {n}")))
            )
            threads[-1].start()
        half = HTTPConnection("127.0.0.1", server.port, timeout=30)
        half.putrequest("POST", "/predict")
        half.putheader("Content-Type", "application/json")
        half.putheader("Content-Length", "6")
        half.endheaders(b'"be')
        until(lambda: len(server.server._engine.line) == 21)
        server.server.end()
        time.sleep(0.6)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=5)
        half.send(b'st"')
        gate.open.set()
        for thread in threads:
            thread.join(30)
        assert half.getresponse().status == 200
        half.close()
    assert [one.status for one in answers] == [200] * 20


def test_a_body_that_does_not_come_is_not_waited_for(trained: Path) -> None:
    with running(Predictor.open(trained / "texts"), Limits(reading=0.3)) as server:
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
        head += b"Content-Length: 100\r\n\r\nabc"
        started = time.monotonic()
        got = server.raw(head)
        assert got.startswith(b"HTTP/1.1 408 ")
        assert b"has not arrived within 0.3 s" in got
        assert time.monotonic() - started < 10
        assert server.ask("/predict", b'"a"', JSON).status == 200


def test_a_head_that_does_not_come_and_an_answer_that_is_not_read_end_a_connection() -> None:
    aborted: list[str] = []

    def connection(name: str, **more: Any) -> Any:
        transport = SimpleNamespace(
            abort=lambda: aborted.append(name), get_write_buffer_size=lambda: more.get("unread", 0)
        )
        return SimpleNamespace(
            timeout_keep_alive_task=more.get("timer"),
            conn=SimpleNamespace(their_state=more.get("state", h11.DONE)),
            cycle=SimpleNamespace(response_complete=True),
            transport=transport,
        )

    connections = {
        name: connection(name, **more)
        for name, more in {
            "slow": {"state": h11.IDLE}, "kept alive": {"state": h11.IDLE, "timer": 1}, "unread": {"unread": 9},
            "good": {},
        }.items()
    }  # fmt: skip

    async def watch() -> None:
        task = asyncio.create_task(_hang_up(connections.values(), seconds=0.05))
        await asyncio.sleep(0.2)
        task.cancel()

    # Objects of this kind cannot be hashed, and connections can.
    for name, one in connections.items():
        connections[name] = type("Connection", (), vars(one))()
    asyncio.run(watch())
    assert set(aborted) == {"slow", "unread"}
