"""A trained model that leaves the tool: exports, a hub, a server."""

from __future__ import annotations

from ftcli.registry import Registry

# Classes as `ftcli.ship.exporter.Exporter`.
FORMATS = Registry(
    "export format",
    {
        "hf": "ftcli.ship.huggingface.exporter:HuggingFaceExporter",
        "onnx": "ftcli.ship.graphs.onnx:OnnxExporter",
        "torch": "ftcli.ship.graphs.torch_export:TorchExporter",
        "safetensors": "ftcli.ship.huggingface.safetensors:SafetensorsExporter",
    },
)
