"""How each family of networks is fine-tuned: rates, decay, warm-up and schedule, with their source.

Learning rates are for AdamW and batches up to 64. The figures come from the papers and recipes named beside them,
except where a measurement on real data (marked "measured") said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Row(NamedTuple):
    """One family: rates of head and backbone, decay a block, weight decay, warm-up, schedule, clipping, source."""

    head: float
    backbone: float
    decay: float
    weight_decay: float
    warmup: float
    schedule: str
    clip: float
    source: str
    # The width of the features at which these rates were measured, where they go with its inverse.
    width: int | None = None

    def at(self, width: int) -> Row:
        """The row for this width: at the rates of a narrow network a wide one does not learn (Yang et al. 2021)."""
        if self.width is None:
            return self
        factor = min(MOST_FOR_NARROW, self.width / width)
        head, backbone = (float(f"{rate * factor:.2g}") for rate in (self.head, self.backbone))
        return self._replace(head=head, backbone=backbone, source=f"{self.source} at a width of {self.width}")


# What the rates of a narrow network are multiplied by at most: at width 64, 3e-3 and 6e-3 were equally good.
MOST_FOR_NARROW = 3.0

FAMILIES: dict[str, Row] = {
    "cnn": Row(1e-3, 1e-4, 0.9, 0.01, 0.1, "cosine", 0.0, "AutoGluon, fastai"),
    "mobile": Row(1e-3, 1e-4, 0.9, 0.01, 0.1, "cosine", 0.0, "AutoGluon; backbone measured"),
    "efficientnet": Row(1e-3, 4e-4, 0.9, 0.01, 0.1, "cosine", 0.0, "AutoGluon, small networks"),
    "convnext": Row(5e-4, 5e-5, 0.8, 1e-8, 0.1, "cosine", 0.0, "ConvNeXt's fine-tuning recipe"),
    "vit": Row(5e-4, 5e-5, 0.75, 0.05, 0.1, "cosine", 1.0, "MAE's fine-tuning recipe"),
    "bert": Row(2e-5, 2e-5, 1.0, 0.01, 0.1, "linear", 1.0, "BERT; Mosbach et al. 2021"),
    "xlnet": Row(2e-5, 2e-5, 1.0, 0.01, 0.1, "linear", 1.0, "XLNet; run_glue"),
    "electra": Row(1e-4, 1e-4, 0.8, 0.01, 0.1, "linear", 1.0, "ELECTRA's fine-tuning recipe"),
    "small-encoder": Row(1e-4, 1e-4, 0.9, 0.01, 0.1, "linear", 1.0, "AutoGluon, small encoders"),
    "gpt": Row(5e-5, 5e-5, 1.0, 0.01, 0.05, "linear", 1.0, "common practice"),
    "wav2vec2": Row(
        3e-4, 3e-5, 1.0, 0.01, 0.1, "linear", 1.0, "Hugging Face's audio classification; new head tenfold"
    ),
    "wav2vec2-ctc": Row(1e-4, 1e-4, 1.0, 0.005, 0.1, "linear", 1.0, "Hugging Face's recipe for CTC"),
    "whisper": Row(1e-5, 1e-5, 1.0, 0.01, 0.1, "linear", 1.0, "common practice"),
    "speecht5": Row(1e-4, 1e-5, 1.0, 0.01, 0.1, "linear", 1.0, "Hugging Face's recipe for SpeechT5"),
    "detr": Row(1e-4, 1e-5, 1.0, 1e-4, 0.05, "cosine", 0.1, "DETR"),
    "t5": Row(1e-4, 1e-4, 1.0, 0.01, 0.05, "constant", 1.0, "common practice"),
}
FROZEN = Row(1e-3, 1e-3, 1.0, 1e-4, 0.0, "cosine", 0.0, "a head on frozen features")
SCRATCH = {
    "image": Row(1e-3, 1e-3, 1.0, 0.01, 0.1, "cosine", 0.0, "training from random weights"),
    "text": Row(5e-4, 5e-4, 1.0, 0.01, 0.1, "linear", 1.0, "training from random weights"),
    "speech": Row(1e-3, 1e-3, 1.0, 0.01, 0.1, "linear", 1.0, "training from random weights; measured"),
    # 480 spoken digits, at most 30 epochs, one seed, test accuracy. Width 64: 0.51 at 1e-3 and 0.71 at 3e-3; width 256:
    # 0.68 at 1e-3 and 0.23 at 3e-3, which stopped early.
    "audio": Row(1e-3, 1e-3, 1.0, 0.01, 0.1, "cosine", 1.0, "training from random weights; measured", 256),
}

# What may be chosen where the user gives options without a name, the usual ones first.
CHOSEN: Mapping[str, tuple[str, ...]] = {
    "optimizer": ("adamw",),
    "schedule": tuple(dict.fromkeys(row.schedule for row in (*FAMILIES.values(), FROZEN, *SCRATCH.values()))),
}
# Augmentations that mirror images.
MIRRORING = frozenset({"flip", "standard"})
# Data sets whose images mean something else when they are mirrored.
GLYPHS = frozenset({"digits", "mnist", "kmnist", "fashion-mnist", "svhn", "gtsrb"})
