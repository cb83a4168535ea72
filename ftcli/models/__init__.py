"""The models room: backbones, heads and freezing. Names are known here without importing torch."""

from __future__ import annotations

from ftcli.registry import Registry

FREEZING = Registry(
    "freezing policy",
    {
        "none": "ftcli.models.freezing:NoFreeze",
        "backbone": "ftcli.models.freezing:FreezeBackbone",
        "blocks": "ftcli.models.freezing:FreezeBlocks",
        "patterns": "ftcli.models.freezing:FreezePatterns",
        "lp-ft": "ftcli.models.freezing:LinearProbeThenFineTune",
        "gradual": "ftcli.models.freezing:Gradual",
    },
)
