"""Texts to numbers."""

from __future__ import annotations

from ftcli.tasks.inputs.texts import Texts
from ftcli.tasks.supervised import Supervised


class TextRegression(Supervised):
    """A number for each text or pair of texts."""

    modality = "text"
    wants = "number"
    reader = Texts
