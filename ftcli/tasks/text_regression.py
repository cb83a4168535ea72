"""Texts to numbers."""

from __future__ import annotations

from ftcli.tasks.supervised import Supervised
from ftcli.tasks.texts import Texts


class TextRegression(Supervised):
    """A number for each text or pair of texts."""

    modality = "text"
    wants = "number"
    reader = Texts
