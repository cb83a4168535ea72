"""The models room: backbones in the forms that tasks want, heads and freezing.

Names are known here without importing torch.
"""

from __future__ import annotations

from ftcli.registry import Registry

FORMS = Registry(
    "form of features",
    {
        "vector": "ftcli.models.backbones.features:VectorLoader",
        "maps": "ftcli.models.segmentation.loader:SegmentationLoader",
        "tokens": "ftcli.models.backbones.features:TokenLoader",
        "detector": "ftcli.models.detection.loader:DetectorLoader",
        "seq2seq": "ftcli.models.language.loader:Seq2SeqLoader",
        "causal": "ftcli.models.language.loader:CausalLoader",
        "masked": "ftcli.models.language.loader:MaskedLoader",
        "transcriber": "ftcli.models.speech.recognition:TranscriberLoader",
        "synthesizer": "ftcli.models.speech.speecht5:SynthesizerLoader",
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
