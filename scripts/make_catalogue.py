"""Write `ftcli/models/catalogue.json`: what the installed torchvision lists, and well-known Hugging Face ids.

python scripts/make_catalogue.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torchvision import models

FILE = Path(__file__).parents[1] / "ftcli" / "models" / "catalogue.json"

ENCODER, DECODER, BOTH, SEES = (
    ("vector", "tokens", "masked"),
    ("vector", "tokens", "causal"),
    ("vector", "tokens", "seq2seq"),
    ("vector", "detector"),
)
HEARS = ("vector", "transcriber")

# id, modality, the forms it can be used in, parameters in millions, input size, published ImageNet-1k top-1 (of the
# classifier at that id) where it is known for certain.
HUGGING_FACE: list[tuple[str, str, tuple[str, ...], float | None, int | None, float | None]] = [
    ("bert-base-uncased", "text", ENCODER, 110, 512, None),
    ("bert-base-cased", "text", ENCODER, 108, 512, None),
    ("bert-large-uncased", "text", ENCODER, 335, 512, None),
    ("bert-base-multilingual-cased", "text", ENCODER, 178, 512, None),
    ("bert-base-chinese", "text", ENCODER, 102, 512, None),
    ("distilbert-base-uncased", "text", ENCODER, 66, 512, None),
    ("roberta-base", "text", ENCODER, 125, 512, None),
    ("roberta-large", "text", ENCODER, 355, 512, None),
    ("xlm-roberta-base", "text", ENCODER, 278, 512, None),
    ("albert-base-v2", "text", ENCODER, 12, 512, None),
    ("google/electra-small-discriminator", "text", ("vector", "tokens"), 14, 512, None),
    ("google/electra-base-discriminator", "text", ("vector", "tokens"), 109, 512, None),
    ("microsoft/deberta-v3-base", "text", ("vector", "tokens"), 184, 512, None),
    ("sentence-transformers/all-MiniLM-L6-v2", "text", ("vector", "tokens"), 22.7, 512, None),
    ("xlnet-base-cased", "text", ("vector", "tokens"), 117, 512, None),
    ("gpt2", "text", DECODER, 124, 1024, None),
    ("distilgpt2", "text", DECODER, 82, 1024, None),
    ("HuggingFaceTB/SmolLM2-135M", "text", DECODER, 135, 8192, None),
    ("Qwen/Qwen2.5-0.5B", "text", DECODER, 494, 32768, None),
    ("t5-small", "text", BOTH, 60, 512, None),
    ("t5-base", "text", BOTH, 223, 512, None),
    ("Helsinki-NLP/opus-mt-en-de", "text", BOTH, 74, 512, None),
    ("Helsinki-NLP/opus-mt-en-fr", "text", BOTH, 75, 512, None),
    ("facebook/bart-base", "text", BOTH, 139, 1024, None),
    ("facebook/mbart-large-50-many-to-many-mmt", "text", BOTH, 611, 1024, None),
    ("microsoft/speecht5_tts", "text", ("synthesizer",), 144, 600, None),
    ("google/vit-base-patch16-224", "image", SEES, 86, 224, None),
    ("google/vit-base-patch16-224-in21k", "image", SEES, 86, 224, None),
    ("facebook/deit-small-patch16-224", "image", SEES, 22, 224, 79.9),
    ("facebook/dinov2-small", "image", SEES, 22, 224, None),
    ("facebook/convnext-tiny-224", "image", SEES, 28, 224, 82.1),
    ("microsoft/swin-tiny-patch4-window7-224", "image", SEES, 28, 224, 81.2),
    ("microsoft/beit-base-patch16-224", "image", SEES, 86, 224, None),
    ("microsoft/resnet-18", "image", SEES, 11, 224, None),
    ("microsoft/resnet-50", "image", SEES, 24, 224, None),
    ("google/efficientnet-b0", "image", ("vector",), 4, 224, None),
    ("google/mobilenet_v2_1.0_224", "image", SEES, 2, 224, None),
    ("google/deeplabv3_mobilenet_v2_1.0_513", "image", ("maps",), 2.5, 513, None),
    ("nvidia/segformer-b0-finetuned-ade-512-512", "image", ("maps",), 3.8, 512, None),
    ("nvidia/segformer-b2-finetuned-ade-512-512", "image", ("maps",), 27, 512, None),
    ("hustvl/yolos-tiny", "image", ("detector",), 6.5, 512, None),
    ("PekingU/rtdetr_r18vd", "image", ("detector",), 20, 640, None),
    ("facebook/wav2vec2-base", "audio", HEARS, 95, None, None),
    ("facebook/wav2vec2-base-960h", "audio", HEARS, 94, None, None),
    ("facebook/hubert-base-ls960", "audio", HEARS, 95, None, None),
    ("microsoft/wavlm-base", "audio", HEARS, 94, None, None),
    ("MIT/ast-finetuned-audioset-10-10-0.4593", "audio", ("vector",), 87, None, None),
    ("openai/whisper-tiny", "audio", HEARS, 38, None, None),
    ("openai/whisper-base", "audio", HEARS, 73, None, None),
]

# The modules of torchvision: the forms of their networks, and the figure that is published of them.
TORCHVISION: list[tuple[Any, tuple[str, ...], str, str]] = [
    (models, SEES, "acc@1", "% ImageNet top-1"),
    (models.segmentation, ("maps",), "miou", "% mIoU, VOC's classes on COCO"),
    (models.detection, ("detector",), "box_map", "% box AP, COCO"),
]
OTHERS = ("keypoint", "mask")  # detectors of more than boxes
NO_MAPS = ("vit_", "maxvit")  # which cannot take images of any shape


def torchvision_entries() -> list[dict[str, Any]]:
    """One entry for each model, from the metadata of its default weights."""
    return [
        torchvision_entry(name, forms, figure, measure)
        for module, forms, figure, measure in TORCHVISION
        for name in models.list_models(module=module)
        if not any(word in name for word in OTHERS)
    ]


def torchvision_entry(name: str, forms: tuple[str, ...], figure: str, measure: str) -> dict[str, Any]:
    default = models.get_model_weights(name).DEFAULT
    figures = {key: value for one in default.meta["_metrics"].values() for key, value in one.items()}
    transforms = default.transforms()
    size = getattr(transforms, "crop_size", None) or getattr(transforms, "resize_size", None)
    return {
        "name": f"torchvision/{name}",
        "source": "torchvision",
        "modality": "image",
        "forms": [form for form in forms if form != "detector" or not name.startswith(NO_MAPS)],
        "parameters": default.meta["num_params"],
        "input_size": size[0] if size else None,
        "accuracy": figures[figure],
        "measure": measure,
        "megabytes": default.meta["_file_size"],
    }


def huggingface_entries() -> list[dict[str, Any]]:
    """The curated list; sizes of files are not known here."""
    return [
        {
            "name": name,
            "source": "huggingface",
            "modality": modality,
            "forms": list(forms),
            "parameters": None if millions is None else round(millions * 1e6),
            "input_size": size,
            "accuracy": accuracy,
            "measure": None if accuracy is None else "% ImageNet top-1",
            "megabytes": None,
        }
        for name, modality, forms, millions, size, accuracy in HUGGING_FACE
    ]


def main() -> None:
    """Write the file, one entry a line."""
    lines = [json.dumps(entry) for entry in [*torchvision_entries(), *huggingface_entries()]]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{FILE}: {len(lines)} models")


if __name__ == "__main__":
    main()
