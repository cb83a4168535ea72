"""The words of the Hugging Face hub for what a run is: the front matter of a card has no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT, Modality


class Row(NamedTuple):
    """How the hub calls a task, or nothing where it has no such task; and what goes in."""

    pipeline: str
    takes: Modality


TASKS: Mapping[str, Row] = {
    "audio-classification": Row("audio-classification", AUDIO),
    "audio-regression": Row("", AUDIO),
    "image-classification": Row("image-classification", IMAGE),
    "image-regression": Row("", IMAGE),
    "object-detection": Row("object-detection", IMAGE),
    "semantic-segmentation": Row("image-segmentation", IMAGE),
    "speech-recognition": Row("automatic-speech-recognition", AUDIO),
    "speech-synthesis": Row("text-to-speech", TEXT),
    # By this name transformers runs networks that translate what they hear, too.
    "speech-translation": Row("automatic-speech-recognition", AUDIO),
    "text-classification": Row("text-classification", TEXT),
    "text-regression": Row("", TEXT),
    "token-classification": Row("token-classification", TEXT),
    "translation": Row("translation", TEXT),
    "summarization": Row("summarization", TEXT),
    "causal-language-modelling": Row("text-generation", TEXT),
    "masked-language-modelling": Row("fill-mask", TEXT),
}
# Ids of https://hf.co/metrics, by our names of figures.
METRICS: Mapping[str, str] = {
    "accuracy": "accuracy",
    "token_accuracy": "accuracy",
    "pixel_accuracy": "accuracy",
    "exact_match": "exact_match",
    "auroc": "roc_auc",
    "mse": "mse",
    "mae": "mae",
    "r2": "r_squared",
    "pearson": "pearsonr",
    "spearman": "spearmanr",
    "miou": "mean_iou",
    "bleu": "sacrebleu",
    "chrf": "chrf",
    "rouge1": "rouge",
    "rouge2": "rouge",
    "rougeL": "rouge",
    "wer": "wer",
    "cer": "cer",
    "perplexity": "perplexity",
    **{f"{figure}_{mean}": figure for figure in ("precision", "recall", "f1") for mean in ("micro", "macro")},
}
UNKNOWN, OTHER = "unknown", "other"
# https://huggingface.co/docs/hub/repositories-licenses
LICENCES = frozenset(
    f"""
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear
    c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-
    by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0
    cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0
    epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc
    h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0
    openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-
    noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma
    {UNKNOWN} {OTHER}
    """.split()
)
