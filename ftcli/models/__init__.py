"""The models room: backbones in the forms that tasks want, heads and freezing.

Names are known here without importing torch.
"""

from __future__ import annotations

from ftcli.registry import Registry

FORMS = Registry(
    "form of features",
    {
        "vector": "ftcli.models.backbones.features:Vectors",
        "maps": "ftcli.models.segmentation.loader:Maps",
        "tokens": "ftcli.models.backbones.tokens:Tokens",
        "detector": "ftcli.models.detection.loader:Detectors",
        "seq2seq": "ftcli.models.language.language_model:Seq2Seq",
        "causal": "ftcli.models.language.language_model:Causal",
        "masked": "ftcli.models.language.language_model:Masked",
        "transcriber": "ftcli.models.speech.recognition:Transcribers",
        "synthesizer": "ftcli.models.speech.speecht5:Synthesizers",
    },
)

FREEZING = Registry(
    "freezing policy",
    {
        "none": "ftcli.models.freezing.policies:NoFreeze",
        "backbone": "ftcli.models.freezing.policies:FreezeBackbone",
        "blocks": "ftcli.models.freezing.policies:FreezeBlocks",
        "patterns": "ftcli.models.freezing.policies:FreezePatterns",
        "lp-ft": "ftcli.models.freezing.policies:LinearProbeThenFineTune",
        "gradual": "ftcli.models.freezing.policies:Gradual",
    },
)
