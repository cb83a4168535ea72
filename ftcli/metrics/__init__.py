"""Metrics, which are updated batch by batch.

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
        "auroc": "ftcli.metrics.ranking:AUROC",
        "spearman": "ftcli.metrics.ranking:Spearman",
        "overlap": "ftcli.metrics.overlap:Overlap",
        "mean-average-precision": "ftcli.metrics.average_precision:MeanAveragePrecision",
        "entities": "ftcli.metrics.entities:Entities",
        "translation": "ftcli.metrics.translation:Translation",
        "rouge": "ftcli.metrics.rouge:Rouge",
        "word-errors": "ftcli.metrics.word_errors:WordErrors",
        "perplexity": "ftcli.metrics.perplexity:Perplexity",
        "spectral-distance": "ftcli.metrics.spectral:SpectralDistance",
    },
)
