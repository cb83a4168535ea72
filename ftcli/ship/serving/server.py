"""A server from its start to its end: uvicorn, signals, and the clients that are too slow."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

import h11
import uvicorn

from ftcli.errors import SIGNAL
from ftcli.ship.serving.engine import Engine
from ftcli.ship.serving.listening import BACKLOG, taken

# Seconds that requests in flight have at the end, and that accepted connections have to send theirs.
DRAIN, SETTLE = 20, 0.3
# Seconds that the head of a request may take, and that an answer may wait for a client that does not read it.
SLOW = 30.0


class Server:
    """Answers by an ASGI application until a signal ends it.

    `begun` is called once the model has predicted. The first signal ends it in order: no new connection, answers to
    all requests that have arrived, at most `DRAIN` seconds for them. A second one ends the process at once.
    """

    def __init__(self, application: Callable[..., Any], engine: Engine, begun: Callable[[], object]) -> None:
        # Of requests that are not HTTP, and of clients that hang up, which are no matter for a log.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        config = uvicorn.Config(
            application, http="h11", ws="none", loop="asyncio", lifespan="off", log_config=None, access_log=False,
            server_header=False, proxy_headers=False, timeout_graceful_shutdown=DRAIN, backlog=BACKLOG,
        )  # fmt: skip
        self._server: Any = uvicorn.Server(config)
        self._server.handle_exit = self._receive
        self._engine, self._begun = engine, begun
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = False

    def run(self, sock: socket.socket) -> int:
        """Serve on a bound socket. Gives how many requests were not answered in time.

        Raises `UserError` where another program has begun to listen there, and what the model raises on its sample.
        """
        self._listen(sock)
        with asyncio.Runner() as runner:
            lost = runner.run(self._serve(sock))
        if not self._engine.stop(DRAIN):
            lost += len(self._engine.line)
        if self._engine.broken:
            raise self._engine.broken[0]
        return lost

    def end(self) -> None:
        """Begin to end. Any thread may."""
        self._in_loop(self._drain)

    @staticmethod
    def _listen(sock: socket.socket) -> None:
        try:
            sock.listen(BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise taken(*sock.getsockname()[:2]) from None

    async def _serve(self, sock: socket.socket) -> int:
        self._loop = asyncio.get_running_loop()
        self._engine.start(lambda: self._in_loop(self._ready))
        watch = asyncio.create_task(_hang_up(self._server.server_state.connections))
        # uvicorn has handlers for the other two signals, and only in the main thread.
        hang_up = getattr(signal, "SIGHUP", None)
        here = threading.current_thread() is threading.main_thread()
        if here and hang_up is not None and signal.getsignal(hang_up) != signal.SIG_IGN:
            signal.signal(hang_up, self._receive)
        await self._server.serve(sockets=[sock])
        watch.cancel()
        return len(self._server.server_state.tasks)

    def _in_loop(self, call: Callable[[], object]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(call)

    def _ready(self) -> None:
        if self._engine.broken:
            self._server.should_exit = True
        else:
            self._begun()

    def _receive(self, number: int, _: Any) -> None:
        """The handler of signals."""
        if self._ending:
            sys.stderr.write("ended at once: requests in flight are lost\n")
            sys.stderr.flush()
            os._exit(SIGNAL + number)
        self.end()

    def _drain(self) -> None:
        """No new connections; those that were accepted may still send their request."""
        self._ending = True
        for one in getattr(self._server, "servers", []):
            one.close()
        assert self._loop is not None
        self._loop.call_later(SETTLE, setattr, self._server, "should_exit", True)


async def _hang_up(connections: Collection[Any], seconds: float = SLOW) -> None:
    """Close connections that have been slow for so long: whose request has no whole head, or that read no answer."""
    since: dict[Any, float] = {}
    while True:
        await asyncio.sleep(min(1.0, seconds / 4))
        now = asyncio.get_running_loop().time()
        since = {one: since.get(one, now) for one in connections if _is_slow(one)}
        for one, start in since.items():
            if now - start > seconds:
                one.transport.abort()


def _is_slow(connection: Any) -> bool:
    begun = connection.timeout_keep_alive_task is None and connection.conn.their_state is h11.IDLE
    answered = connection.cycle is not None and connection.cycle.response_complete
    return begun or (answered and connection.transport.get_write_buffer_size() > 0)
