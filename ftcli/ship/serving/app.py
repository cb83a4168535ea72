"""The requests that a server answers, by path."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ftcli import __version__
from ftcli.contracts import Example, Prediction
from ftcli.errors import UserError, cut, printable
from ftcli.runs.inference.document import printable_json
from ftcli.ship.serving import open_inference
from ftcli.ship.serving.answers import TYPES, answer, file_of_type, single
from ftcli.ship.serving.bodies import examples_of, read_json
from ftcli.ship.serving.engine import Engine
from ftcli.ship.serving.inputs import Takes
from ftcli.ship.serving.limits import CLOSE, Room
from ftcli.ship.serving.measures import TEXT, Measures
from ftcli.ship.serving.page import Page
from ftcli.ship.serving.refusals import Refusal

# Bytes of a body that is read in the event loop, which others wait for.
SMALL = 200_000
# What a browser sends as Host to this machine, whatever the port.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Of a client that has hung up: nobody reads it.
GONE = 499
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]


@dataclass(frozen=True, slots=True)
class Service:
    """A model under its name, and what it needs to answer. With `hosts` no other Host is answered."""

    name: str
    engine: Engine
    takes: Takes
    page: Page
    room: Room
    measures: Measures
    hosts: frozenset[str] | None

    def application(self) -> Callable[..., Any]:
        """The ASGI application."""
        routes = [
            Route("/", self.show, methods=["GET"]),
            Route("/predict", self.predict, methods=["POST"]),
            Route("/metrics", self.metrics, methods=["GET"]),
            Route("/v2", self.server_metadata, methods=["GET"]),
            Route("/v2/health/live", self.live, methods=["GET"]),
            Route("/v2/health/ready", self.ready, methods=["GET"]),
            Route("/v2/models/{name}", self.model_metadata, methods=["GET"]),
            Route("/v2/models/{name}/ready", self.model_ready, methods=["GET"]),
            Route("/v2/models/{name}/infer", self.infer, methods=["POST"]),
        ]
        handlers: dict[Any, Any] = {
            Refusal: self._refused, UserError: _unusable, HTTPException: _not_found, Exception: _bug,
        }  # fmt: skip
        app = Starlette(routes=routes, exception_handlers=handlers)
        app.router.redirect_slashes = False
        return _Guarded(app, self)

    # ------------------------------------------------------------------------------------------ predictions

    async def predict(self, request: Request) -> Response:
        """Examples in a body of any kind; their predictions as JSON, or as a file of the type that is accepted."""
        body = await self.room.body(request)
        try:
            kind = request.headers.get("content-type", "")
            examples = await _away(len(body), examples_of, kind, bytes(body), self.takes, self.engine.limits)
            wanted = _wanted_file(request)
            example = single(examples) if wanted is not None else None
            predictions = await self._predictions(request, examples)
            if wanted is not None and example is not None:
                content = await asyncio.to_thread(file_of_type, wanted, example, predictions[0])
                return Response(content, media_type=wanted)
            pictures = request.query_params.get("pictures") == "1"
            made = await _away(SMALL * len(examples), self._json, examples, predictions, pictures)
            return Response(made, media_type="application/json")
        finally:
            self.room.give_back(len(body))

    def _json(self, examples: Sequence[Example], predictions: Sequence[Prediction], pictures: bool) -> str:
        checkpoint = self.engine.predictor.trained.checkpoint
        return printable_json(answer(checkpoint, examples, predictions, pictures=pictures))

    async def _predictions(self, request: Request, examples: Sequence[Example]) -> list[Prediction]:
        """The predictions; a client that hangs up leaves the queue."""
        work = asyncio.ensure_future(self.engine.predict(examples))
        # Behind the body there is nothing but the end of the connection.
        gone = asyncio.ensure_future(request.receive())
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise Refusal(GONE, "the client has hung up")
            return work.result()
        finally:
            work.cancel()
            gone.cancel()

    async def infer(self, request: Request) -> Response:
        """The same by the Open Inference Protocol."""
        self._check_name(request)
        body = await self.room.body(request)
        try:
            document = await _away(len(body), read_json, bytes(body))
            examples = await _away(
                len(body), open_inference.examples_of, document, self.takes, self.engine.limits
            )
            id_, wanted = open_inference.request_id(document), open_inference.wanted_outputs(document)
            predictions = await self._predictions(request, examples)
            outputs = await _away(SMALL * len(examples), _outputs, examples, predictions, wanted)
            found = {"model_name": self.name, "model_version": "1", **id_, "outputs": outputs}
            return Response(printable_json(found), media_type="application/json")
        finally:
            self.room.give_back(len(body))

    # ------------------------------------------------------------------------------------- what there is

    async def show(self, _: Request) -> Response:
        """The page."""
        return Response(
            self.page.html, media_type="text/html", headers={"Content-Security-Policy": self.page.policy}
        )

    async def metrics(self, _: Request) -> Response:
        """What Prometheus reads."""
        gauges = {
            "ftcli_queue_examples": (
                "Examples that wait or are being predicted.",
                float(len(self.engine.line)),
            ),
            "ftcli_ready": ("Whether the model has predicted.", float(self.engine.ready.is_set())),
        }
        return Response(self.measures.text(gauges), headers={"Content-Type": TEXT})

    async def server_metadata(self, _: Request) -> Response:
        """Who answers."""
        return JSONResponse({"name": "ftcli", "version": __version__, "extensions": []})

    async def live(self, _: Request) -> Response:
        """Whether the server answers."""
        return JSONResponse({"live": True})

    async def ready(self, _: Request) -> Response:
        """Whether the model has predicted; else 503, which balancers of load understand."""
        if not self.engine.ready.is_set():
            return JSONResponse({"error": "the model has not predicted yet"}, 503, {"Retry-After": "1"})
        return JSONResponse({"ready": True, "name": self.name})

    async def model_ready(self, request: Request) -> Response:
        """The same of the model."""
        self._check_name(request)
        return await self.ready(request)

    async def model_metadata(self, request: Request) -> Response:
        """What the model takes and gives."""
        self._check_name(request)
        if self.engine.sample is None:
            return await self.ready(request)
        return JSONResponse(open_inference.metadata(self.name, self.takes, self.engine.sample))

    def _check_name(self, request: Request) -> None:
        if request.path_params["name"] != self.name:
            raise Refusal(
                404, f"there is no model {cut(request.path_params['name'])!r} here. There is: {self.name}"
            )

    async def _refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.headers.items() >= CLOSE.items():
            await self.room.discard(request)
        return _error(refusal.status, str(refusal), refusal.headers)


class _Guarded:
    """The application behind a check of who asks, and counted."""

    def __init__(self, app: Any, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        started, status = time.monotonic(), 0

        async def counted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        if (refusal := self._refusal(scope)) is not None:
            await _error(refusal.status, str(refusal))(scope, receive, counted)
        else:
            await self._app(scope, receive, counted)
        route = getattr(scope.get("route"), "path", "other")
        self._service.measures.answered(route, status)
        if scope["method"] == "POST":
            self._service.measures.seconds.add(time.monotonic() - started)

    def _refusal(self, scope: Any) -> Refusal | None:
        """Why a request is not for us: a page of somebody else may make a browser send it."""
        headers = {
            name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"host", b"origin")
        }
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        hosts = self._service.hosts
        if hosts is not None and _name_of(host) not in hosts:
            return Refusal(
                421, f"this server answers as {', '.join(sorted(hosts))}, and not as {cut(host)!r}"
            )
        if origin is not None and origin.partition("://")[2] != host:
            return Refusal(403, "the request comes from a page of another server")
        return None


def _name_of(host: str) -> str | None:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _wanted_file(request: Request) -> str | None:
    """The type of file that is accepted first; None for JSON."""
    first = request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip().lower()
    return first if first in TYPES.values() else None


def _outputs(examples: Sequence[Example], predictions: Sequence[Prediction], wanted: Sequence[str]) -> Any:
    pairs = zip(examples, predictions, strict=True)
    files = [file for example, one in pairs for file in one.files(example).items()]
    return open_inference.outputs_of(predictions, files, wanted)


async def _away(size: int, work: Callable[..., Any], *given: Any) -> Any:
    """What work gives, in a thread where there is much of it."""
    return work(*given) if size <= SMALL else await asyncio.to_thread(work, *given)


def _error(status: int, sentence: str, headers: Any = None) -> Response:
    return JSONResponse({"error": printable(sentence)}, status, headers)


async def _unusable(_: Request, error: UserError) -> Response:
    return _error(422, str(error))


async def _not_found(request: Request, error: HTTPException) -> Response:
    words = {404: "there is nothing at this path", 405: f"{request.method} is not taken at this path"}
    return _error(error.status_code, words.get(error.status_code, str(error.detail)), error.headers)


async def _bug(_: Request, __: Exception) -> Response:
    return _error(500, "a bug of ftcli: the log of the server has more")
