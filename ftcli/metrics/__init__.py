"""The room of metrics: how well a model does, as running scores.

`figures.py` knows the names of what they compute, without torch.
"""

from __future__ import annotations

from ftcli.registry import Registry

METRICS = Registry(
    "metric",
    {
        "confusion": "ftcli.metrics.confusion:Confusion",
        "top5": "ftcli.metrics.topk:TopK",
        "multi-label": "ftcli.metrics.multi_label:MultiLabel",
        "moments": "ftcli.metrics.moments:Moments",
        "auroc": "ftcli.metrics.collected:AUROC",
        "spearman": "ftcli.metrics.collected:Spearman",
    },
)
