"""What one request may ask for, and reading a body within it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ftcli.ship.serving.refusals import Refusal, wrong

# Characters of all texts of a request: tokenising so many takes seconds.
MOST_CHARACTERS = 1_000_000
# Lists and objects of JSON within each other, and in all.
MOST_DEPTH, MOST_BRACKETS = 32, 1_000_000
# Of an id that a request gives.
MOST_OF_ID = 200
# Seconds that the rest of a refused body is read for.
LINGER = 2.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one request; `room` is for the bodies of all that are open.

    The pixels of images and the samples of sounds have the limits of `media`, as in training.
    """

    # Bytes.
    body: int = 16_000_000
    room: int = 256_000_000
    # Examples of one request, and of all that wait.
    examples: int = 256
    # Seconds until a request has arrived, and until the model begins with it.
    reading: float = 30.0
    waiting: float = 120.0


class Room:
    """The bytes of bodies that are held at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = max(limits.room, limits.body)

    async def body(self, request: Any) -> bytearray:
        """The whole body of a request of Starlette, whose bytes are `given_back` later.

        Raises `Refusal` for one that is too long, too slow, or of which nothing says how long it is.
        """
        self._check_length(request)
        found = bytearray()
        try:
            async with asyncio.timeout(self._limits.reading):
                async for chunk in request.stream():
                    if len(found) + len(chunk) > self._limits.body:
                        raise self._too_long()
                    self._take(len(chunk))
                    found += chunk
        except BaseException as error:
            self.give_back(len(found))
            if isinstance(error, TimeoutError):
                seconds = f"{self._limits.reading:g} s"
                raise Refusal(408, f"the body has not arrived within {seconds}", CLOSE) from None
            raise
        return found

    async def discard(self, request: Any) -> None:
        """Read on for a while, and keep nothing: a client that still sends would not see the answer."""
        with suppress(Exception):
            async with asyncio.timeout(LINGER):
                async for _ in request.stream():
                    pass

    def give_back(self, size: int) -> None:
        """A body is no longer held."""
        self._free += size

    def _take(self, size: int) -> None:
        self._free -= size
        if self._free < 0:
            self._free += size
            raise busy("the bodies of the requests that wait fill the room for them")

    def _check_length(self, request: Any) -> None:
        coding = request.headers.get("content-encoding", "identity")
        if coding.lower() != "identity":
            raise Refusal(415, f"the body has the content-encoding {coding!r}: send it as it is", CLOSE)
        length = request.headers.get("content-length")
        if length is None:
            if "transfer-encoding" not in request.headers:
                raise Refusal(411, "the request has neither a Content-Length nor a chunked body")
            return
        if not length.isascii() or not length.isdigit():
            raise wrong("Content-Length is not a number of bytes")
        if int(length) > self._limits.body:
            raise self._too_long()

    def _too_long(self) -> Refusal:
        most = f"{self._limits.body / 1e6:,g} MB"
        return Refusal(413, f"the body has more than {most}: send fewer or smaller files", CLOSE)


# What is left of the body is not read.
CLOSE = {"Connection": "close"}


def busy(sentence: str) -> Refusal:
    """Too many requests at once."""
    return Refusal(429, f"{sentence}: try again in a second", {"Retry-After": "1", **CLOSE})
