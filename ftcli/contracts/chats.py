"""Chats: turns of a system, a user and an assistant."""

from __future__ import annotations

from typing import NamedTuple

SYSTEM, USER, ASSISTANT = "system", "user", "assistant"


class Turn(NamedTuple):
    """What one of them says."""

    role: str
    content: str


class Chat(tuple[Turn, ...]):
    """The turns of a chat, in order, as `Example.inputs["text"]`."""

    __slots__ = ()

    @property
    def answers(self) -> int:
        """How many turns are the assistant's."""
        return sum(turn.role == ASSISTANT for turn in self)

    def answered(self) -> Chat:
        """Up to the last turn of the assistant; nothing is learned from what comes after it."""
        places = [place for place, turn in enumerate(self) if turn.role == ASSISTANT]
        return Chat(self[: places[-1] + 1]) if places else Chat()

    def unanswered(self) -> Chat:
        """Without the answer at its end, if there is one: what is to be continued."""
        return Chat(self[:-1]) if self and self[-1].role == ASSISTANT else self
