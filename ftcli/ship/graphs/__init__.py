"""Networks as graphs, for ONNX and torch.export: what is traced of a network of each form, and its predict.py."""

from __future__ import annotations

from ftcli.registry import Registry

# By `Backbone.form`: classes as `ftcli.ship.graphs.graph.Graph`, made with a predictor.
GRAPHS = Registry(
    "form of networks that can be traced",
    {
        "vector": "ftcli.ship.graphs.features:FeatureGraph",
        "tokens": "ftcli.ship.graphs.features:FeatureGraph",
        "maps": "ftcli.ship.graphs.features:FeatureGraph",
        "detector": "ftcli.ship.graphs.detectors:DetectorGraph",
        "causal": "ftcli.ship.graphs.language:CausalGraph",
        "masked": "ftcli.ship.graphs.language:MaskedGraph",
        "seq2seq": "ftcli.ship.graphs.language:Seq2SeqGraph",
        "transcriber": "ftcli.ship.graphs.speech:transcriber_graph",
        "synthesizer": "ftcli.ship.graphs.speech:synthesizer_graph",
    },
)
