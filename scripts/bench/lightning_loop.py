"""Lightning's Trainer with its defaults, and loaders as its documentation advises, a worker a core."""

from __future__ import annotations

import contest

if __name__ == "__main__":
    ORDER = contest.parse(__doc__)

import os
import time
from typing import Any

import lightning
import torch
from contest import Order
from networks import Texts, image_folder, resnet, text_classifier, tokenizer
from torch import Tensor, nn
from torch.utils.data import DataLoader


class Module(lightning.LightningModule):  # type: ignore[misc]
    """A network, its loss and its optimizer."""

    def __init__(self, net: Any, order: Order) -> None:
        super().__init__()
        self.net, self.order = net, order

    def _answer(self, batch: Any) -> tuple[Tensor, Tensor]:
        if isinstance(batch, list):
            pixels, classes = batch
            return self.net(pixels), classes
        return self.net(**{k: v for k, v in batch.items() if k != "labels"}).logits, batch["labels"]

    def training_step(self, batch: Any, _: int) -> Tensor:
        """The loss of a batch."""
        return nn.functional.cross_entropy(*self._answer(batch))

    def validation_step(self, batch: Any, _: int) -> None:
        """Count the right answers."""
        logits, classes = self._answer(batch)
        right = (logits.argmax(1) == classes).float().mean()
        self.log("accuracy", right, batch_size=len(classes), on_epoch=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW over what trains."""
        trained = [parameter for parameter in self.parameters() if parameter.requires_grad]
        return torch.optim.AdamW(trained, lr=self.order.work.rate)


def parts(order: Order) -> tuple[Any, list[Any], Any]:
    """The network, the data sets and the collator."""
    if order.work.modality == "images":
        return resnet(order), [image_folder(order, split) for split in ("train", "val")], None
    from transformers import DataCollatorWithPadding

    words = tokenizer(order)
    splits = [Texts(order, split, words) for split in ("train", "val")]
    return text_classifier(order), splits, Plain(DataCollatorWithPadding(words))


class Plain:
    """Padded batches as plain dictionaries."""

    def __init__(self, collator: Any) -> None:
        self.collator = collator

    def __call__(self, rows: list[Any]) -> dict[str, Tensor]:
        return dict(self.collator(rows))


def main(order: Order) -> None:
    """Do the work and write the result."""
    lightning.seed_everything(0)
    net, splits, collate = parts(order)
    loaders = [
        DataLoader(
            split,
            batch_size=order.batch_size,
            shuffle=index == 0,
            collate_fn=collate,
            num_workers=os.cpu_count() or 1,
            persistent_workers=True,
        )
        for index, split in enumerate(splits)
    ]
    trainer = lightning.Trainer(max_epochs=order.epochs, enable_checkpointing=False, logger=False)
    begin = time.perf_counter()
    trainer.fit(Module(net, order), *loaders)
    training = time.perf_counter() - begin
    contest.finish(order, accuracy=float(trainer.callback_metrics["accuracy"]), training=training)


if __name__ == "__main__":
    main(ORDER)
