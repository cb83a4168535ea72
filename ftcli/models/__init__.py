"""The models room: backbones in the forms that tasks want, heads and freezing.

Names are known here without importing torch.
"""

from __future__ import annotations

from ftcli.registry import Registry

FORMS = Registry(
    "form of features",
    {
        "vector": "ftcli.models.vectors:Vectors",
        "maps": "ftcli.models.maps:Maps",
        "tokens": "ftcli.models.tokens:Tokens",
        "detector": "ftcli.models.detectors:Detectors",
        "seq2seq": "ftcli.models.language_model:Seq2Seq",
        "causal": "ftcli.models.language_model:Causal",
        "masked": "ftcli.models.language_model:Masked",
        "transcriber": "ftcli.models.recognition:Transcribers",
        "synthesizer": "ftcli.models.synthesis:Synthesizers",
    },
)

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
