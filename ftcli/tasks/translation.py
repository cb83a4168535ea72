"""Texts to the same in another language."""

from __future__ import annotations

from ftcli.tasks.text_to_text import TextToText


class Translation(TextToText):
    """A translation of each text; watched by BLEU."""

    figure = "bleu"
