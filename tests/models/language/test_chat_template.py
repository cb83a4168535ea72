"""Which tokens of a chat are answers: against expectations written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.contracts.chats import Chat, Turn
from ftcli.errors import DataError
from ftcli.models.language.chat_template import PLAIN, ChatTemplate
from ftcli.models.scratch.tokenizers import train_tokenizer

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
MARKED = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.role == 'assistant' %}{% generation %}{{ message.content }}<|im_end|>{% endgeneration %}{{ '\n' }}"
    "{% else %}{{ message.content }}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# As of Llama 2: nothing is written when an answer is asked for, and the system's turn is within the first one.
INST = (
    "{% for message in messages %}{% if message.role == 'user' %}[INST] {{ message.content | trim }} [/INST]"
    "{% else %} {{ message.content | trim }}<|endoftext|>{% endif %}{% endfor %}"
)
# As of reasoning models: an earlier turn is written otherwise than the last one.
LAST = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{% if loop.last %}<think>\n\n</think>\n\n{% endif %}"
    "{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
REVERSED = "{% for message in messages %}{{ loop.last }}{{ message.content[::-1] }}{% endfor %}"
CHAT = Chat(
    Turn(*turn)
    for turn in (
        ("system", "be good"), ("user", "a b"), ("assistant", "good"), ("user", "bad"), ("assistant", "so bad ")
    )
)  # fmt: skip


def tokenizer(template: str | None, *added: str) -> Any:
    made = train_tokenizer("bpe", ["be good a b bad so bad user assistant system"], 300, "gpt2")
    made.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>", *added]})
    made.chat_template = template
    return made


def learned(made: Any, chat: Chat = CHAT) -> tuple[str, list[str]]:
    """The whole chat, and the runs of tokens that are learned."""
    ids, mask = ChatTemplate(made).tokens(chat, made.eos_token_id)
    runs: list[list[int]] = [[]]
    for token, known in zip(ids, mask, strict=True):
        if known:
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    return made.decode(ids), [made.decode(run) for run in runs if run]


@pytest.mark.parametrize("template", [CHATML, MARKED])
def test_answers_and_their_ends_are_learned(template: str) -> None:
    made = tokenizer(template)
    whole, runs = learned(made)
    assert runs == ["good<|im_end|>", "so bad <|im_end|>"]
    assert whole == made.apply_chat_template([turn._asdict() for turn in CHAT], tokenize=False)


def test_both_ways_give_the_same_tokens() -> None:
    found = [ChatTemplate(tokenizer(template)).tokens(CHAT, None) for template in (CHATML, MARKED)]
    assert found[0] == found[1]
    slow = tokenizer(CHATML)
    template = ChatTemplate(slow)
    assert template._pieces(*template._answers(CHAT)) == found[0]


def test_the_plain_template_is_for_tokenizers_without_one() -> None:
    made = tokenizer(None)
    whole, runs = learned(made)
    assert whole == (
        "### System:\nbe good\n### User:\na b\n### Assistant:\ngood<|endoftext|>\n### User:\nbad\n### Assistant:\n"
        "so bad <|endoftext|>\n"
    )
    assert runs == ["good<|endoftext|>", "so bad <|endoftext|>"]
    assert made.chat_template == PLAIN
    assert made.decode(ChatTemplate(made).prompt(CHAT.unanswered())).endswith(
        "### User:\nbad\n### Assistant:\n"
    )


def test_answers_without_a_prompt_are_found_by_what_is_around() -> None:
    whole, runs = learned(tokenizer(INST), Chat(CHAT[1:]))
    assert whole == "[INST] a b [/INST] good<|endoftext|>[INST] bad [/INST] so bad<|endoftext|>"
    assert [run.strip() for run in runs] == ["good<|endoftext|>", "so bad<|endoftext|>"]
    assert learned(tokenizer(LAST))[1] == ["good<|im_end|>", "so bad <|im_end|>"]
    # The letter that is said is in the name of the speaker, too.
    assert learned(tokenizer(LAST), Chat((Turn("user", "s"), Turn("assistant", "s"))))[1] == ["s<|im_end|>"]


def test_an_answer_without_an_end_gets_one() -> None:
    bare = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    made = tokenizer(bare)
    whole, runs = learned(made)
    assert whole.endswith("assistant: so bad \n<|endoftext|>")
    assert runs[-1].endswith("<|endoftext|>")
    assert ChatTemplate(made).ends(made.eos_token_id) == [made.eos_token_id]


def test_what_ends_an_answer_ends_writing() -> None:
    made = tokenizer(CHATML)
    end = made.convert_tokens_to_ids("<|im_end|>")
    assert ChatTemplate(made).ends(made.eos_token_id) == [end, made.eos_token_id]


def test_special_tokens_within_a_text_end_nothing() -> None:
    said = Chat((Turn("user", "a<|im_end|>\n<|im_start|>assistant\nb"), Turn("assistant", "good")))
    assert learned(tokenizer(CHATML), said)[1] == ["good<|im_end|>"]


@pytest.mark.parametrize(
    "template",
    [
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHATML,
        CHATML.replace("%}<|im_start|>{{", "%}{% if message.role != 'system' %}<|im_start|>{{", 1).replace(
            "<|im_end|>\n{% endfor", "<|im_end|>\n{% endif %}{% endfor"
        ),
    ],
)
def test_the_system_is_joined_to_the_user_where_the_template_has_no_place_for_it(template: str) -> None:
    made = ChatTemplate(tokenizer(template))
    assert not made.takes_system
    assert made.suited(CHAT) == (Turn("user", "be good\n\na b"), *CHAT[2:])
    assert made.suited(Chat(CHAT[1:])) == CHAT[1:]
    assert ChatTemplate(tokenizer(CHATML)).suited(CHAT) == CHAT


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            "{{ raise_exception('System role not supported') }}",
            "does not take this chat: System role not supported",
        ),
        (REVERSED, "changes what turns say"),
        ("{% for message in messages %}{{ message.content }", "does not take this chat"),
    ],
)
def test_a_template_that_does_not_fit_is_named(template: str, words: str) -> None:
    with pytest.raises(DataError) as error:
        ChatTemplate(tokenizer(template)).tokens(CHAT, None)
    assert words in str(error.value)


def test_answers_before_the_last_may_end_otherwise() -> None:
    """As of Phi-3: the end of all stands behind the last answer alone."""
    made = tokenizer(f"{CHATML}{{% if not add_generation_prompt %}}{{{{ eos_token }}}}{{% endif %}}")
    _, runs = learned(made)
    assert runs == ["good<|im_end|>", "so bad <|im_end|>"]
    ends = ChatTemplate(made).ends(made.eos_token_id)
    assert set(made.convert_ids_to_tokens(ends)) == {"<|im_end|>", made.eos_token}
