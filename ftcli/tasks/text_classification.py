"""Texts to classes."""

from __future__ import annotations

from ftcli.contracts.modalities import TEXT
from ftcli.tasks.inputs.texts import Texts
from ftcli.tasks.supervised import Supervised


class TextClassification(Supervised):
    """One class, or any number of classes, for each text or pair of texts."""

    inputs = (TEXT,)
    wants = "category"
    reader = Texts
