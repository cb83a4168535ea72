"""A stand-in for a Hugging Face hub on this machine: enough of its protocol that the real client uploads to it."""

from __future__ import annotations

import _socket
import base64
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

TOKEN = "hf_secret"
COMMIT = "c0ffee" + "0" * 34


@dataclass
class Repository:
    """Its files, and whether others see them."""

    private: bool = False
    files: dict[str, bytes] = field(default_factory=lambda: {".gitattributes": b""})


@dataclass
class Hub:
    """What has arrived, and how requests are to be refused: a status by a part of the path; 0 hangs."""

    address: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """The status and the JSON for a request."""
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path == "/api/validate-yaml":
            return 200, {"warnings": [], "errors": []}
        if path.startswith("/large/"):
            oid = path.removeprefix("/large/")
            assert hashlib.sha256(body).hexdigest() == oid
            self.large[oid] = body
            return 200, {}
        name = "/".join(path.removeprefix("/api/models").strip("/").removesuffix("?").split("/")[:2])
        if path.endswith("/objects/batch"):
            return 200, {"objects": [self._wanted(one) for one in json.loads(body)["objects"]]}
        repository = self.repositories.get(name)
        if repository is None:
            return 404, {"error": "Repository not found"}
        if path.endswith("/preupload/main"):
            return 200, {"files": [self._mode(one) for one in json.loads(body)["files"]]}
        if path.endswith("/commit/main"):
            return self._commit(repository, [json.loads(line) for line in body.splitlines()])
        files = [{"rfilename": file} for file in repository.files]
        return 200, {"id": name, "sha": COMMIT, "private": repository.private, "siblings": files}

    def _create(self, asked: dict[str, Any]) -> tuple[int, Any]:
        name = f"{asked['organization'] or 'anna'}/{asked['name']}"
        answer = {"url": f"{self.address}/{name}"}
        if name in self.repositories:
            return 409, answer | {"error": "You already created this model repo"}
        self.repositories[name] = Repository(asked.get("visibility") == "private")
        return 200, answer

    def _wanted(self, one: dict[str, Any]) -> dict[str, Any]:
        """Where a large file is to be sent; nowhere if it is here."""
        sent = {"upload": {"href": f"{self.address}/large/{one['oid']}"}}
        return one if one["oid"] in self.large else one | {"actions": sent}

    def _mode(self, one: dict[str, Any]) -> dict[str, Any]:
        mode = "lfs" if one["size"] > 5000 else "regular"
        return {"path": one["path"], "uploadMode": mode, "shouldIgnore": False}

    def _commit(self, repository: Repository, lines: list[dict[str, Any]]) -> tuple[int, Any]:
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                repository.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                repository.files[value["path"]] = self.large[value["oid"]]
        return 200, {"commitUrl": f"{self.address}/x/y/commit/{COMMIT}", "commitOid": COMMIT}


@contextmanager
def served() -> Iterator[Hub]:
    """A hub that answers while the block runs."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        """Passes requests on to the hub."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def do_PUT(self) -> None:
            self._do()

        def _do(self) -> None:
            body = self._body()
            hub.requests.append(f"{self.command} {self.path}")
            status = next((code for part, code in hub.refusals.items() if part in self.path), None)
            if status == 0:
                time.sleep(3)
                return
            authorised = self.headers.get("authorization") == f"Bearer {TOKEN}" or "/large/" in self.path
            if status is None and not authorised:
                status = 401
            refused = {"error": f"no: {self.headers.get('authorization')}"}
            self._send(*(hub.answer(self.command, self.path, body) if status is None else (status, refused)))

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _send(self, status: int, content: Any) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def hub_on_this_machine(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Hub]:
    """A hub that the client of huggingface_hub finds as its own, with a token. `folder` holds no login."""

    def local(self: socket.socket, address: Any) -> None:
        assert address[0] == "127.0.0.1"
        _socket.socket.connect(self, address)

    with served() as server:
        monkeypatch.setattr(socket.socket, "connect", local)
        monkeypatch.setattr(constants, "ENDPOINT", server.address)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(folder / "no-token"))
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
            monkeypatch.setenv(name, "")  # what --offline sets is undone
        monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
        yield server
