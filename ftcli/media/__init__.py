"""Files of images and sounds: read, checked, turned upright, resized and augmented. No torch is imported here."""

from __future__ import annotations

from ftcli.registry import Registry

AUGMENTS = Registry(
    "augmentation",
    {
        "none": "ftcli.media.augment:none",
        "light": "ftcli.media.augment:light",
        "flip": "ftcli.media.augment:flip",
        "standard": "ftcli.media.augment:standard",
    },
)
