"""Lengths of time and sizes as a user writes them."""

from __future__ import annotations

import pytest

from ftcli.config.quantities import bytes_of, in_words, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("20m", 1200), ("20 min", 1200), ("2h", 7200), ("1h30m", 5400), ("1H 30M", 5400), ("1.5h", 5400),
        ("1d", 86400), ("1h 5s", 3605), (" 0.5s ", 0.5), ("20ms", 0.02),
        ("2min", 120),
        ("", None), ("0s", None), ("90", None), ("soon", None), ("30m1h", None), ("-5m", None), ("1e3s", None),
         ("9" * 400 + "h", None), ("10m 10m", None), ("5mm", None), ("10m later", None),
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


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("24GiB", 24 << 30), ("24 GB", 24 * 10**9), ("1.5 g", 1.5 * 2**30), ("512MiB", 512 << 20), ("10b", 10),
        ("", None), ("512", None), ("GiB", None), ("0GiB", None), ("-1GiB", None), ("24 bananas", None),
        ("24GiBs", None),
    ],
)  # fmt: skip
def test_a_size(text: str, size: float | None) -> None:
    assert bytes_of(text) == size
