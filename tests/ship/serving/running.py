"""A server in a thread of this process, and requests to it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.serving.limits import Limits
from ftcli.ship.serving.listening import bound
from ftcli.ship.serving.server import Server
from ftcli.ship.serving.start import server

JSON = {"Content-Type": "application/json"}
BOUNDARY = "xxboundaryxx"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def rows(self) -> list[dict[str, Any]]:
        """The predictions of a good answer."""
        assert self.status == 200, self.body
        found: list[dict[str, Any]] = self.json["predictions"]
        return found


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    predictor: Predictor
    server: Server

    def ask(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None,
        method: str | None = None,
    ) -> Got:  # fmt: skip
        """One request on a connection of its own: a POST where it has a body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method or ("GET" if body is None else "POST"), path, body, dict(headers or {}))
        response = connection.getresponse()
        got = Got(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return got

    def predict(self, document: Any) -> Got:
        """A request in JSON."""
        return self.ask("/predict", json.dumps(document).encode(), JSON)

    def raw(self, request: bytes, seconds: float = 20) -> bytes:
        """What comes back for these bytes, until the server closes the connection or has answered."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as sock:
            sock.sendall(request)
            found = b""
            while chunk := sock.recv(65536):
                found += chunk
                if b"\r\n\r\n" in found and b'"}' in found:
                    break
            return found


@contextmanager
def running(
    predictor: Predictor, limits: Limits | None = None, batch: int | None = None
) -> Iterator[Running]:
    """A server for the model, which has predicted, and which ends in order."""
    begun, lost = threading.Event(), list[int]()
    made = server(predictor, "127.0.0.1", limits or Limits(), batch=batch, begun=begun.set)
    sock = bound("127.0.0.1", 0)
    port = sock.getsockname()[1]
    thread = threading.Thread(target=lambda: lost.append(made.run(sock)))
    thread.start()
    try:
        assert begun.wait(60)
        yield Running(port, predictor, made)
    finally:
        made.end()
        thread.join(60)
    assert lost == [0]


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    """A body of parts: field, name of the file, content."""
    found = b""
    for field, name, content in parts:
        file = "" if name is None else f'; filename="{name}"'
        found += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"{file}\r\n\r\n'.encode()
        found += content + b"\r\n"
    return found + f"--{BOUNDARY}--\r\n".encode()
