"""The loop of PyTorch's tutorials: everything decoded, or padded, and computed again in every epoch."""

from __future__ import annotations

import contest

if __name__ == "__main__":
    ORDER = contest.parse(__doc__)

import os
import time
from typing import Any

import torch
from contest import Order
from networks import Texts, image_folder, resnet, text_classifier, tokenizer
from torch import nn, optim
from torch.utils.data import DataLoader

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def images(order: Order) -> tuple[Any, dict[str, DataLoader[Any]]]:
    """The network and the loaders of its tutorial, augmentation included."""
    loaders = {
        split: DataLoader(
            image_folder(order, split, random=split == "train"),
            batch_size=order.batch_size,
            shuffle=True,
            num_workers=min(4, os.cpu_count() or 1),
        )
        for split in ("train", "val")
    }
    return resnet(order), loaders


def text(order: Order) -> tuple[Any, dict[str, DataLoader[Any]]]:
    """The classifier, and loaders of texts that are all as long as the longest."""
    words = tokenizer(order)
    loaders = {
        split: DataLoader(
            Texts(order, split, words, padded=True),
            batch_size=order.batch_size,
            shuffle=split == "train",
            collate_fn=collate,
        )
        for split in ("train", "val")
    }
    return text_classifier(order), loaders


def collate(rows: list[dict[str, Any]]) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Inputs of the network, and classes."""
    batch = {name: torch.tensor([row[name] for row in rows]) for name in rows[0]}
    classes = batch.pop("labels")
    return batch, classes


def logits(net: Any, inputs: Any) -> torch.Tensor:
    """What the network answers, from pixels or from ids and masks."""
    if isinstance(inputs, dict):
        found: torch.Tensor = net(**{name: value.to(DEVICE) for name, value in inputs.items()}).logits
        return found
    answers: torch.Tensor = net(inputs.to(DEVICE))
    return answers


def train(net: Any, order: Order, loaders: dict[str, DataLoader[Any]]) -> float:
    """Two phases an epoch, training and scoring; gives the last accuracy."""
    net.to(DEVICE)
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    if order.work.modality == "images":
        optimizer: optim.Optimizer = optim.SGD(trained, lr=order.work.rate, momentum=0.9)
    else:
        optimizer = optim.AdamW(trained, lr=order.work.rate)
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)
    accuracy = 0.0
    for _ in range(order.epochs):
        for split, loader in loaders.items():
            net.train(split == "train")  # the frozen part too: its batch norms go on moving
            right = count = 0
            for inputs, classes in loader:
                optimizer.zero_grad()
                with torch.set_grad_enabled(split == "train"):
                    answers = logits(net, inputs)
                    loss = nn.functional.cross_entropy(answers, classes.to(DEVICE))
                if split == "train":
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                right += int((answers.argmax(1) == classes.to(DEVICE)).sum())
                count += len(classes)
            accuracy = right / count
        schedule.step()
    return accuracy


def main(order: Order) -> None:
    """Do the work and write the result."""
    torch.manual_seed(0)
    net, loaders = (images if order.work.modality == "images" else text)(order)
    begin = time.perf_counter()
    accuracy = train(net, order, loaders)
    contest.finish(order, accuracy=accuracy, training=time.perf_counter() - begin)


if __name__ == "__main__":
    main(ORDER)
