"""Names of columns are compared in small letters."""

from __future__ import annotations

from itertools import chain

from ftcli.contracts.column_names import CHATS, CONTEXTS, LABELS, PROMPTS, SENTENCES, TARGET_TEXTS, UTTERANCES


def test_names_are_in_small_letters_and_given_once() -> None:
    for groups in (LABELS, TARGET_TEXTS, SENTENCES, PROMPTS, CONTEXTS, (CHATS,), (UTTERANCES,)):
        names = list(chain(*groups))
        assert names == [name.strip().lower() for name in names]
        assert len(names) == len(set(names))
