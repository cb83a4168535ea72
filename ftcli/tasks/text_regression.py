"""Texts to numbers."""

from __future__ import annotations

from ftcli.contracts.modalities import TEXT
from ftcli.tasks.inputs.texts import Texts
from ftcli.tasks.supervised import Supervised


class TextRegression(Supervised):
    """A number for each text or pair of texts."""

    inputs = (TEXT,)
    wants = "number"
    reader = Texts
