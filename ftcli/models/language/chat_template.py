"""Chats as tokens, by the template of a tokenizer: which of them are answers, and where an answer begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ftcli.contracts.chats import ASSISTANT, SYSTEM, USER, Chat, Turn
from ftcli.errors import DataError

# For a tokenizer without a template: a line with the name of the speaker, and lines with what is said. An answer ends
# with the end token. (A line break right behind a block is not written.)
PLAIN = (
    "{% if bos_token and bos_token != eos_token %}{{ bos_token }}{% endif %}"
    "{% for message in messages %}### {{ message.role | capitalize }}:\n"
    "{% if message.role == 'assistant' %}"
    "{% generation %}{{ message.content }}{{ eos_token or sep_token or bos_token }}{% endgeneration %}"
    "{% else %}{{ message.content }}{% endif %}{{ '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}### Assistant:\n{% endif %}"
)
_MARKED = re.compile(r"\{%-?\s*generation\s*-?%\}")
# What stands for a content whose place is looked for: private characters, which no text has.
_STAND_IN = "\ue000{}\ue001"

Span = tuple[int, int]  # the first character, and the one after the last


class ChatTemplate:
    """The template of a tokenizer, which gets the plain one where it has none: it is saved with the tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        if tokenizer.chat_template is None:
            tokenizer.chat_template = PLAIN
        self.source: str = tokenizer.get_chat_template()
        self.plain = self.source == PLAIN
        added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
        self._special = tuple(dict.fromkeys((*tokenizer.all_special_tokens, *added)))
        self.takes_system = self._takes_system()

    def tokens(self, chat: Chat, end: int | None) -> tuple[list[int], list[bool]]:
        """Token ids of a chat that ends with an answer, and which of them are learned: the answers and their ends.

        Where nothing ends the last answer, the token `end` does. Raises `DataError` for a chat that the template does
        not take, or in which answers cannot be told apart.
        """
        if _MARKED.search(self.source) and self.tokenizer.is_fast:
            found = self._applied(chat, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
            ids, learned = list(found["input_ids"]), [bool(one) for one in found["assistant_masks"]]
        else:
            text, spans = self._answers(chat)
            ids, learned = self._split(text, spans)
        last = next((ids[place] for place in reversed(range(len(ids))) if learned[place]), None)
        if end is not None and last not in self.tokenizer.all_special_ids and not self._is_added(last):
            return [*ids, end], [*learned, True]
        return ids, learned

    def suited(self, chat: Chat) -> Chat:
        """With what the system says before the first turn of the user, where the template takes no system."""
        if self.takes_system or len(chat) < 2 or (chat[0].role, chat[1].role) != (SYSTEM, USER):
            return chat
        return Chat((Turn(USER, f"{chat[0].content}\n\n{chat[1].content}"), *chat[2:]))

    def _takes_system(self) -> bool:
        """Whether the template writes what the system says: some refuse it, and some leave it out."""
        said = _STAND_IN.format(0)
        try:
            return said in self._rendered(Chat((Turn(SYSTEM, said), Turn(USER, "a"))))
        except DataError:
            return False

    def prompt(self, chat: Chat) -> list[int]:
        """Token ids of a chat that is to be answered, up to where the answer begins."""
        ids: list[int] = self._encoded(self._rendered(chat, prompt=True))
        return ids

    def ends(self, end: int | None) -> list[int]:
        """The tokens that end an answer: those of the template, and `end`.

        Behind the last answer some templates write another one than behind those before, which end all answers of a
        chat with several.
        """
        pair = (Turn(USER, "a"), Turn(ASSISTANT, "b"))
        found = [self._last(*self.tokens(Chat(pair), end)), *self._inner_ends(Chat(pair * 2), end)]
        return list(dict.fromkeys(found if end is None else [*found, end]))

    def _inner_ends(self, chat: Chat, end: int | None) -> list[int]:
        """The special tokens that are the last ones of answers. Text that stands there may be anywhere in answers."""
        try:
            ids, learned = self.tokens(chat, end)
        except DataError:  # a template for one answer
            return []
        lasts = (
            one
            for one, known, after in zip(ids, learned, [*learned[1:], False], strict=True)
            if known > after
        )
        return [one for one in lasts if one in self.tokenizer.all_special_ids or self._is_added(one)]

    @staticmethod
    def _last(ids: Sequence[int], learned: Sequence[bool]) -> int:
        """The last token that is learned."""
        return next(ids[place] for place in reversed(range(len(ids))) if learned[place])

    def _is_added(self, token: int | None) -> bool:
        return token in self.tokenizer.added_tokens_decoder

    def _encoded(self, text: str) -> Any:
        return self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]

    def _rendered(self, chat: Chat, *, prompt: bool = False) -> str:
        return str(self._applied(chat, tokenize=False, add_generation_prompt=prompt))

    def _applied(self, chat: Chat, **options: Any) -> Any:
        messages = [turn._asdict() for turn in chat]
        try:
            return self.tokenizer.apply_chat_template(messages, **options)
        # A template raises what it likes, and jinja and transformers more.
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise DataError(
                f"the chat template of the tokenizer does not take this chat: {reason}"
            ) from error

    def _answers(self, chat: Chat) -> tuple[str, list[Span]]:
        """The chat as a text, and where the answers are, each behind what is written when it is asked for."""
        whole = self._rendered(chat)
        spans: list[Span] = []
        for place, turn in enumerate(chat):
            if turn.role == ASSISTANT:
                span = self._behind_prompt(chat, place, whole)
                if span is None:
                    return whole, self._by_content(chat, whole)
                spans.append(span)
        return whole, spans

    def _behind_prompt(self, chat: Chat, place: int, whole: str) -> Span | None:
        """One answer; None where the template writes the start of a chat otherwise than within the whole."""
        if not place:
            return None
        try:
            before = self._rendered(Chat(chat[:place]), prompt=True)
            after = self._rendered(Chat(chat[: place + 1]))
        except DataError:
            return None
        if not (whole.startswith(after) and after.startswith(before)):
            return None
        return len(before), len(before) + len(self._ended(after[len(before) :]))

    def _ended(self, answer: str) -> str:
        """An answer without the white space behind its end token."""
        bare = answer.rstrip()
        return bare if bare.endswith(self._special) else answer

    def _by_content(self, chat: Chat, whole: str) -> list[Span]:
        """The answers by what is around them: the text of the same chat in which each content is another one."""
        other = Chat(Turn(turn.role, _STAND_IN.format(place)) for place, turn in enumerate(chat))
        left, cursor, spans = self._rendered(other), 0, []
        for place, turn in enumerate(chat):
            before, found, left = left.partition(_STAND_IN.format(place))
            cursor += len(before)
            said = next(
                (one for one in (turn.content, turn.content.strip()) if whole.startswith(one, cursor)), None
            )
            if not found or said is None or whole[cursor - len(before) : cursor] != before:
                raise DataError(
                    "the chat template of the tokenizer changes what turns say, so that answers cannot be told from "
                    "the rest: it needs {% generation %} around them"
                )
            start, cursor = cursor, cursor + len(said)
            if turn.role == ASSISTANT:
                mark = next((one for one in self._special if whole.startswith(one, cursor)), "")
                spans.append((start, cursor + len(mark)))
        return spans

    def _split(self, text: str, spans: Sequence[Span]) -> tuple[list[int], list[bool]]:
        """Token ids, and which of them have a character of a span."""
        if not self.tokenizer.is_fast:
            return self._pieces(text, spans)
        made = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        learned = [
            any(start < last and first < end for start, end in spans)
            for first, last in made["offset_mapping"]
        ]
        return list(made["input_ids"]), learned

    def _pieces(self, text: str, spans: Sequence[Span]) -> tuple[list[int], list[bool]]:
        """The same by a tokenizer that does not say where its tokens are: piece by piece."""
        ids: list[int] = []
        learned: list[bool] = []
        cursor = 0
        for start, end in (*spans, (len(text), len(text))):
            for first, last, known in ((cursor, start, False), (start, end, True)):
                piece = self._encoded(text[first:last]) if last > first else []
                ids += piece
                learned += [known] * len(piece)
            cursor = end
        return ids, learned
