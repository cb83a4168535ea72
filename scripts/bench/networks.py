"""The networks and torch data sets that the torch contestants other than `limit.py` share."""

from __future__ import annotations

from typing import Any

import torch
from contest import MAX_TOKENS, MEAN, STD, Order, outputs, texts
from torch import nn
from torch.utils.data import Dataset
from torchvision import datasets, models, transforms


def resnet(order: Order) -> Any:
    """The torchvision network with its weights and a new head; what stays frozen takes no gradients."""
    net = models.get_model(order.architecture, weights=None)
    net.load_state_dict(torch.load(order.model, weights_only=True))
    for name, parameter in net.named_parameters():
        parameter.requires_grad = trains(order, name)
    net.fc = head(order, net.fc.in_features)
    return net


def head(order: Order, width: int) -> nn.Module:
    """The new head for features of `width`."""
    if hidden := order.work.hidden:
        return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, outputs(order)))
    return nn.Linear(width, outputs(order))


def trains(order: Order, name: str) -> bool:
    """Whether the backbone's parameter `name` trains: with `part`, those of the last of ResNet's four stages."""
    return {"all": False, "part": name.startswith("layer4."), "none": True}[order.work.frozen]


def text_classifier(order: Order) -> Any:
    """The Hugging Face classifier; with `part`, embeddings and the first two thirds of the layers are frozen."""
    from transformers import AutoModelForSequenceClassification

    net = AutoModelForSequenceClassification.from_pretrained(order.model, num_labels=outputs(order))
    if order.work.frozen == "all":
        net.base_model.requires_grad_(False)
    if order.work.frozen == "part":
        layers = net.base_model.encoder.layer
        net.base_model.embeddings.requires_grad_(False)
        layers[: frozen_layers(len(layers))].requires_grad_(False)
    return net


def frozen_layers(layers: int) -> int:
    """How many of a text network's layers stay frozen with `part`: 4 of MiniLM's 6."""
    return 2 * layers // 3


def image_folder(order: Order, split: str, *, random: bool = False) -> Any:
    """The images of `split`, decoded anew each time they are asked for; `random` as the tutorial augments."""
    size = order.image_size
    fixed = [transforms.Resize(size * 8 // 7), transforms.CenterCrop(size)]
    drawn = [transforms.RandomResizedCrop(size), transforms.RandomHorizontalFlip()]
    steps = [*(drawn if random else fixed), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    return datasets.ImageFolder(order.data / split, transforms.Compose(steps))


class Texts(Dataset[Any]):
    """Tokenised texts of a split, unpadded, or with `padded` all as long as the longest of them."""

    def __init__(self, order: Order, split: str, tokenizer: Any, *, padded: bool = False) -> None:
        lines, self.labels = texts(order.data, split)
        self.encoded = tokenizer(
            lines, truncation=True, max_length=MAX_TOKENS, padding="longest" if padded else False
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {**{name: rows[index] for name, rows in self.encoded.items()}, "labels": self.labels[index]}


def tokenizer(order: Order) -> Any:
    """The tokenizer in the model's folder."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(order.model)
