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
    },
)
