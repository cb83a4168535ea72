"""Usual names of columns, in groups, likeliest first; two of one group are ambiguous."""

from __future__ import annotations

LABELS = (
    ("label", "labels"),
    ("target", "class", "category", "sentiment", "score", "rating", "stars", "emotion", "intent", "topic", "y"),
)  # fmt: skip
# A text to write is not guessed from a column called `text` of a table of texts: that is what it is written from.
TARGET_TEXTS = (
    ("target", "targets"),
    ("translation", "summary", "answer", "output", "highlights", "response", "completion", "reply"),
)
SENTENCES = (
    (
        *("sentence #", "sentence#", "sentence_id", "sent_id", "sentence_idx", "sent_idx", "sentence_no"),
        *(
            "sentence_number",
            "sentence number",
            "sentence_num",
            "sentence id",
            "sentenceid",
            "sent_no",
            "sid",
        ),
    ),
    ("sentence", "sent"),
)
PROMPTS = (("prompt",), ("instruction",), ("question",), ("query",), ("input",), ("inputs",))
CONTEXTS = (("input", "inputs", "context", "passage"),)
CHATS = ("messages", "conversations", "conversation", "chat")
UTTERANCES = ("sentence", "normalized_text", "utterance", "words")
SPEAKERS = (("speaker", "speaker_id", "speaker_name", "voice"),)
PAIRS = (
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("question1", "question2"),
    ("text1", "text2"),
    ("text_a", "text_b"),
    ("first", "second"),
)
