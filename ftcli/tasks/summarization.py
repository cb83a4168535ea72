"""Texts to shorter ones."""

from __future__ import annotations

from ftcli.tasks.text_to_text import TextToText


class Summarization(TextToText):
    """A summary of each text, or any other answer to it; watched by ROUGE-L."""

    figure = "rougeL"
