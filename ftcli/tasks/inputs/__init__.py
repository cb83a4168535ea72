"""Encoders of inputs by name. No torch is imported here."""

from __future__ import annotations

from ftcli.registry import Registry

ENCODERS = Registry(
    "encoder of inputs",
    {
        "images": "ftcli.tasks.inputs.images:Images",
        "whole-images": "ftcli.tasks.inputs.whole_images:WholeImages",
        "texts": "ftcli.tasks.inputs.texts:Texts",
        "words": "ftcli.tasks.inputs.words:Words",
        "sounds": "ftcli.tasks.inputs.sounds:Sounds",
    },
)
