"""Write `ftcli/models/catalogue.json`: what the installed torchvision lists, and well-known Hugging Face ids.

python scripts/make_catalogue.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torchvision import models

FILE = Path(__file__).parents[1] / "ftcli" / "models" / "catalogue.json"

# id, modality, parameters of the backbone in millions, input size, published ImageNet-1k top-1 (of the classifier at
# that id) where it is known for certain.
HUGGING_FACE: list[tuple[str, str, float | None, int, float | None]] = [
    ("bert-base-uncased", "text", 110, 512, None),
    ("bert-base-cased", "text", 108, 512, None),
    ("bert-large-uncased", "text", 335, 512, None),
    ("bert-base-multilingual-cased", "text", 178, 512, None),
    ("bert-base-chinese", "text", 102, 512, None),
    ("distilbert-base-uncased", "text", 66, 512, None),
    ("roberta-base", "text", 125, 512, None),
    ("roberta-large", "text", 355, 512, None),
    ("xlm-roberta-base", "text", 278, 512, None),
    ("albert-base-v2", "text", 12, 512, None),
    ("google/electra-small-discriminator", "text", 14, 512, None),
    ("google/electra-base-discriminator", "text", 109, 512, None),
    ("microsoft/deberta-v3-base", "text", 184, 512, None),
    ("sentence-transformers/all-MiniLM-L6-v2", "text", 22.7, 512, None),
    ("xlnet-base-cased", "text", 117, 512, None),
    ("gpt2", "text", 124, 1024, None),
    ("distilgpt2", "text", 82, 1024, None),
    ("t5-small", "text", 35, 512, None),
    ("t5-base", "text", 110, 512, None),
    ("google/vit-base-patch16-224", "image", 86, 224, None),
    ("google/vit-base-patch16-224-in21k", "image", 86, 224, None),
    ("facebook/deit-small-patch16-224", "image", 22, 224, 79.9),
    ("facebook/dinov2-small", "image", 22, 224, None),
    ("facebook/convnext-tiny-224", "image", 28, 224, 82.1),
    ("microsoft/swin-tiny-patch4-window7-224", "image", 28, 224, 81.2),
    ("microsoft/beit-base-patch16-224", "image", 86, 224, None),
    ("microsoft/resnet-18", "image", 11, 224, None),
    ("microsoft/resnet-50", "image", 24, 224, None),
    ("google/efficientnet-b0", "image", 4, 224, None),
    ("google/mobilenet_v2_1.0_224", "image", 2, 224, None),
]


def torchvision_entries() -> list[dict[str, Any]]:
    """One entry for each classification model, from the metadata of its default weights."""
    listed = []
    for name in models.list_models(module=models):
        default = models.get_model_weights(name).DEFAULT
        listed.append(
            {
                "name": f"torchvision/{name}",
                "source": "torchvision",
                "modality": "image",
                "parameters": default.meta["num_params"],
                "input_size": default.transforms().crop_size[0],
                "accuracy": default.meta["_metrics"]["ImageNet-1K"]["acc@1"],
                "megabytes": default.meta["_file_size"],
            }
        )
    return listed


def huggingface_entries() -> list[dict[str, Any]]:
    """The curated list; sizes of files are not known here."""
    return [
        {
            "name": name,
            "source": "huggingface",
            "modality": modality,
            "parameters": None if millions is None else round(millions * 1e6),
            "input_size": size,
            "accuracy": accuracy,
            "megabytes": None,
        }
        for name, modality, millions, size, accuracy in HUGGING_FACE
    ]


def main() -> None:
    """Write the file, one entry a line."""
    lines = [json.dumps(entry) for entry in [*torchvision_entries(), *huggingface_entries()]]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{FILE}: {len(lines)} models")


if __name__ == "__main__":
    main()
