"""Why a request is not answered: a status of HTTP and a sentence."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):  # noqa: N818
    """A request that is refused. `status` is 4xx; the sentence says what is wrong and what would be right."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.headers = status, dict(headers or {})


def wrong(sentence: str) -> Refusal:
    """The request cannot be read."""
    return Refusal(400, sentence)


def unusable(sentence: str) -> Refusal:
    """The request can be read, and what it holds cannot be predicted."""
    return Refusal(422, sentence)
