"""Turns of a chat."""

from __future__ import annotations

import pickle

from ftcli.contracts.chats import ASSISTANT, USER, Chat, Turn

ASKED, SAID = Turn(USER, "a"), Turn(ASSISTANT, "b")


def test_a_chat_is_learned_up_to_its_last_answer() -> None:
    chat = Chat((ASKED, SAID, ASKED, SAID, ASKED))
    assert (chat.answers, chat.answered(), chat.unanswered()) == (2, chat[:4], chat)
    assert Chat((ASKED, SAID)).unanswered() == (ASKED,)
    assert Chat((ASKED,)).answered() == Chat().unanswered() == ()
    assert all(
        type(one) is Chat for one in (chat.answered(), chat.unanswered(), pickle.loads(pickle.dumps(chat)))
    )
