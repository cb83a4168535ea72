"""Write `ftcli/models/catalogue.json`: what the installed torchvision lists, and well-known Hugging Face ids.

python scripts/make_catalogue.py
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlparse

from torchvision import models

FILE = Path(__file__).parents[1] / "ftcli" / "models" / "catalogue.json"

IMAGENET = "% ImageNet top-1"
ENCODER, DECODER, BOTH, SEES = (
    ("vector", "tokens", "masked"),
    ("vector", "tokens", "causal"),
    ("vector", "tokens", "seq2seq"),
    ("vector", "detector"),
)
READS, HEARS, MAPS, DETECTS = ("vector", "tokens"), ("vector", "transcriber"), ("maps",), ("detector",)

# id, modality, the forms it can be used in, parameters in millions, input size, and the figure that is published of the
# network at that id, where it is known for certain: ImageNet-1k top-1, box AP on COCO, mIoU on ADE20K.
HUGGING_FACE: list[tuple[str, str, tuple[str, ...], float, int | None, float | None]] = [
    ("bert-base-uncased", "text", ENCODER, 110, 512, None),
    ("bert-base-cased", "text", ENCODER, 108, 512, None),
    ("bert-large-uncased", "text", ENCODER, 335, 512, None),
    ("bert-base-multilingual-cased", "text", ENCODER, 178, 512, None),
    ("bert-base-chinese", "text", ENCODER, 102, 512, None),
    ("distilbert-base-uncased", "text", ENCODER, 66, 512, None),
    ("roberta-base", "text", ENCODER, 125, 512, None),
    ("roberta-large", "text", ENCODER, 355, 512, None),
    ("xlm-roberta-base", "text", ENCODER, 278, 512, None),
    ("albert-base-v2", "text", ENCODER, 11.8, 512, None),
    ("google/electra-small-discriminator", "text", READS, 13.5, 512, None),
    ("google/electra-base-discriminator", "text", READS, 109, 512, None),
    ("microsoft/deberta-v3-small", "text", READS, 141, 512, None),
    ("microsoft/deberta-v3-base", "text", READS, 184, 512, None),
    ("answerdotai/ModernBERT-base", "text", ENCODER, 149, 8192, None),
    ("answerdotai/ModernBERT-large", "text", ENCODER, 395, 8192, None),
    ("jhu-clsp/mmBERT-base", "text", ENCODER, 307, 8192, None),
    ("EuroBERT/EuroBERT-210m", "text", ENCODER, 212, 8192, None),
    ("sentence-transformers/all-MiniLM-L6-v2", "text", READS, 22.7, 512, None),
    ("BAAI/bge-small-en-v1.5", "text", READS, 33.4, 512, None),
    ("intfloat/multilingual-e5-small", "text", READS, 118, 512, None),
    ("xlnet-base-cased", "text", READS, 117, 512, None),
    ("gpt2", "text", DECODER, 124, 1024, None),
    ("distilgpt2", "text", DECODER, 82, 1024, None),
    ("HuggingFaceTB/SmolLM2-135M", "text", DECODER, 135, 8192, None),
    ("HuggingFaceTB/SmolLM2-360M", "text", DECODER, 362, 8192, None),
    ("Qwen/Qwen2.5-0.5B", "text", DECODER, 494, 32768, None),
    ("Qwen/Qwen3-0.6B", "text", DECODER, 596, 40960, None),
    ("Qwen/Qwen3-0.6B-Base", "text", DECODER, 596, 32768, None),
    ("google/gemma-3-270m", "text", DECODER, 268, 32768, None),
    ("t5-small", "text", BOTH, 60, 512, None),
    ("t5-base", "text", BOTH, 223, 512, None),
    ("google/t5-v1_1-small", "text", BOTH, 77, 512, None),
    ("google/flan-t5-small", "text", BOTH, 77, 512, None),
    ("google/flan-t5-base", "text", BOTH, 248, 512, None),
    ("google/mt5-small", "text", BOTH, 300, 512, None),
    ("google/byt5-small", "text", BOTH, 300, 512, None),
    ("Helsinki-NLP/opus-mt-en-de", "text", BOTH, 74, 512, None),
    ("Helsinki-NLP/opus-mt-en-fr", "text", BOTH, 75, 512, None),
    ("facebook/bart-base", "text", BOTH, 139, 1024, None),
    ("facebook/mbart-large-50-many-to-many-mmt", "text", BOTH, 611, 1024, None),
    ("facebook/m2m100_418M", "text", BOTH, 484, 1024, None),
    ("facebook/nllb-200-distilled-600M", "text", BOTH, 615, 1024, None),
    ("microsoft/speecht5_tts", "text", ("synthesizer",), 144, 600, None),
    ("google/vit-base-patch16-224", "image", SEES, 86, 224, None),
    ("google/vit-base-patch16-224-in21k", "image", SEES, 86, 224, None),
    ("facebook/deit-small-patch16-224", "image", SEES, 22, 224, 79.9),
    ("facebook/dinov2-small", "image", SEES, 22, 224, None),
    ("facebook/dinov2-base", "image", SEES, 86.6, 224, None),
    ("facebook/dinov2-with-registers-small", "image", SEES, 22, 224, None),
    ("facebook/dinov3-vits16-pretrain-lvd1689m", "image", SEES, 21.6, 224, None),
    ("facebook/dinov3-vitb16-pretrain-lvd1689m", "image", SEES, 85.7, 224, None),
    ("facebook/dinov3-convnext-tiny-pretrain-lvd1689m", "image", SEES, 27.8, 224, None),
    ("google/siglip2-base-patch16-224", "image", SEES, 93, 224, None),
    ("facebook/convnext-tiny-224", "image", SEES, 28.6, 224, 82.1),
    ("facebook/convnextv2-tiny-1k-224", "image", SEES, 28.6, 224, 83.0),
    ("microsoft/swin-tiny-patch4-window7-224", "image", SEES, 28, 224, 81.2),
    ("microsoft/swinv2-tiny-patch4-window8-256", "image", SEES, 28, 256, 81.8),
    ("microsoft/beit-base-patch16-224", "image", SEES, 86, 224, 85.2),
    ("microsoft/resnet-18", "image", SEES, 11.7, 224, None),
    ("microsoft/resnet-50", "image", SEES, 25.6, 224, None),
    ("google/efficientnet-b0", "image", ("vector",), 5.3, 224, 77.1),
    ("google/mobilenet_v1_1.0_224", "image", SEES, 4.2, 224, 70.9),
    ("google/mobilenet_v2_1.0_224", "image", SEES, 3.5, 224, 71.8),
    ("timm/resnet18.a1_in1k", "image", SEES, 11.7, 224, None),
    ("timm/convnextv2_nano.fcmae_ft_in22k_in1k", "image", SEES, 15.6, 224, None),
    ("timm/mobilenetv4_conv_small.e2400_r224_in1k", "image", SEES, 3.8, 224, None),
    ("timm/vit_small_patch16_dinov3.lvd1689m", "image", SEES, 21.6, 256, None),
    ("google/deeplabv3_mobilenet_v2_1.0_513", "image", MAPS, 2.5, 513, None),
    ("nvidia/segformer-b0-finetuned-ade-512-512", "image", MAPS, 3.8, 512, 37.4),
    ("nvidia/segformer-b1-finetuned-ade-512-512", "image", MAPS, 13.7, 512, 42.2),
    ("nvidia/segformer-b2-finetuned-ade-512-512", "image", MAPS, 27, 512, 46.5),
    ("nvidia/segformer-b0-finetuned-cityscapes-1024-1024", "image", MAPS, 3.7, 1024, None),
    ("hustvl/yolos-tiny", "image", DETECTS, 6.5, 512, 28.7),
    ("hustvl/yolos-small", "image", DETECTS, 30.7, 800, 36.1),
    ("facebook/detr-resnet-50", "image", DETECTS, 41.5, 800, 42.0),
    ("PekingU/rtdetr_r18vd", "image", DETECTS, 20, 640, 46.5),
    ("PekingU/rtdetr_v2_r18vd", "image", DETECTS, 20, 640, 47.9),
    ("ustc-community/dfine-nano-coco", "image", DETECTS, 3.8, 640, 42.8),
    ("ustc-community/dfine-small-coco", "image", DETECTS, 10, 640, 48.5),
    ("facebook/wav2vec2-base", "audio", HEARS, 95, None, None),
    ("facebook/wav2vec2-base-960h", "audio", HEARS, 94, None, None),
    ("facebook/wav2vec2-xls-r-300m", "audio", HEARS, 317, None, None),
    ("facebook/mms-300m", "audio", HEARS, 317, None, None),
    ("facebook/w2v-bert-2.0", "audio", HEARS, 580, None, None),
    ("facebook/hubert-base-ls960", "audio", HEARS, 95, None, None),
    ("microsoft/wavlm-base", "audio", HEARS, 94, None, None),
    ("MIT/ast-finetuned-audioset-10-10-0.4593", "audio", ("vector",), 87, None, None),
    ("openai/whisper-tiny", "audio", HEARS, 38, None, None),
    ("openai/whisper-base", "audio", HEARS, 73, None, None),
    ("openai/whisper-small", "audio", HEARS, 242, None, None),
    ("openai/whisper-medium", "audio", HEARS, 764, None, None),
    ("openai/whisper-large-v3-turbo", "audio", HEARS, 809, None, None),
]
# Those that Hugging Face gives only to who has agreed to their licence there, and is logged in.
GATED = ("google/gemma-3", "facebook/dinov3")
MEASURES: dict[tuple[str, ...], str] = {
    MAPS: "% mIoU, ADE20K",
    DETECTS: "% box AP, COCO",
}  # of the rest it is that of ImageNet

# The modules of torchvision: the forms of their networks, and the figure that is published of them.
TORCHVISION: list[tuple[Any, tuple[str, ...], str, str]] = [
    (models, SEES, "acc@1", IMAGENET),
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
        "gated": False,
        "file": PurePosixPath(urlparse(default.url).path).name,
    }


def huggingface_entries() -> list[dict[str, Any]]:
    """The curated list; sizes of files are not known here."""
    return [
        {
            "name": name,
            "source": "huggingface",
            "modality": modality,
            "forms": list(forms),
            "parameters": round(millions * 1e6),
            "input_size": size,
            "accuracy": accuracy,
            "measure": None if accuracy is None else MEASURES.get(forms, IMAGENET),
            "megabytes": None,
            "gated": name.startswith(GATED),
            "file": None,
        }
        for name, modality, forms, millions, size, accuracy in HUGGING_FACE
    ]


def content() -> str:
    """Of the file: one entry a line."""
    lines = [json.dumps(entry) for entry in [*torchvision_entries(), *huggingface_entries()]]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> None:
    """Write the file."""
    FILE.write_text(content(), encoding="utf-8")
    print(f"{FILE} is written")


if __name__ == "__main__":
    main()
