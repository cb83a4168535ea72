"""transformers' Trainer with its defaults: AdamW, a linear schedule, no workers, padding to the longest of a batch."""

from __future__ import annotations

import contest

if __name__ == "__main__":
    ORDER = contest.parse(__doc__)

import tempfile
import time
from typing import Any

import torch
from contest import Order
from networks import Texts, image_folder, resnet, text_classifier, tokenizer
from torch import Tensor, nn
from transformers import DataCollatorWithPadding, Trainer, TrainingArguments


class Images(nn.Module):
    """A torchvision network in the form that Trainer takes: pixels and labels to a loss and logits."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(self, pixel_values: Tensor, labels: Tensor) -> dict[str, Tensor]:
        logits = self.net(pixel_values)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def collate(rows: list[tuple[Tensor, int]]) -> dict[str, Tensor]:
    """Pixels and labels."""
    return {
        "pixel_values": torch.stack([pixels for pixels, _ in rows]),
        "labels": torch.tensor([label for _, label in rows]),
    }


def parts(order: Order) -> dict[str, Any]:
    """The network, the data sets and the collator."""
    if order.work.modality == "images":
        splits = [image_folder(order, split) for split in ("train", "val")]
        net, collator = Images(resnet(order)), collate
    else:
        words = tokenizer(order)
        splits = [Texts(order, split, words) for split in ("train", "val")]
        net, collator = text_classifier(order), DataCollatorWithPadding(words)
    return {"model": net, "data_collator": collator, "train_dataset": splits[0], "eval_dataset": splits[1]}


def accuracy(prediction: Any) -> dict[str, float]:
    """The share of right answers."""
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


def main(order: Order) -> None:
    """Do the work and write the result."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            num_train_epochs=order.epochs,
            per_device_train_batch_size=order.batch_size,
            per_device_eval_batch_size=order.batch_size,
            learning_rate=order.work.rate,
            eval_strategy="epoch",
            save_strategy="no",
            report_to="none",
        )
        trainer = Trainer(args=arguments, compute_metrics=accuracy, **parts(order))
        begin = time.perf_counter()
        trainer.train()
        training = time.perf_counter() - begin
    scored = [line["eval_accuracy"] for line in trainer.state.log_history if "eval_accuracy" in line]
    contest.finish(order, accuracy=scored[-1], training=training)


if __name__ == "__main__":
    main(ORDER)
