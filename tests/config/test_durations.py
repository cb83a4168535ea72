"""Lengths of time as a user writes them."""

from __future__ import annotations

import pytest

from ftcli.config.durations import in_words, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("20m", 1200), ("20 min", 1200), ("2h", 7200), ("1h30m", 5400), ("1H 30M", 5400), ("1.5h", 5400),
        ("1d", 86400), ("1h 5s", 3605), (" 0.5s ", 0.5),
        ("", None), ("0s", None), ("90", None), ("soon", None), ("30m1h", None), ("-5m", None), ("1e3s", None),
        ("20ms", 0.02), ("9" * 400 + "h", None),
    ],
)  # fmt: skip
def test_a_length_of_time(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"), [(5400, "1h30m"), (90, "1m30s"), (86400, "1d"), (0.25, "0.25s")]
)
def test_a_length_in_words_is_read_again(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
    assert seconds_of(words) == seconds
