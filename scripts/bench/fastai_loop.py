"""fastai's Learner with its defaults, frozen by its own `freeze`, which leaves batch norms training."""

from __future__ import annotations

import contest

if __name__ == "__main__":
    ORDER = contest.parse(__doc__)

import time
from typing import Any

from contest import MEAN, STD, Order
from fastai.data.core import DataLoaders
from fastai.data.transforms import Normalize
from fastai.learner import Learner
from fastai.metrics import accuracy
from fastai.torch_core import default_device, set_seed
from fastai.vision.augment import Resize
from fastai.vision.data import ImageDataLoaders
from networks import Texts, resnet, text_classifier, tokenizer
from torch import Tensor, nn
from torch.utils.data import DataLoader


class Text(nn.Module):
    """A text classifier whose input is one dictionary, as a Learner hands it on."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        logits: Tensor = self.net(**batch).logits
        return logits


class Collate:
    """Rows to (inputs, classes), padded to the longest of the batch."""

    def __init__(self, words: Any) -> None:
        from transformers import DataCollatorWithPadding

        self.pad = DataCollatorWithPadding(words)

    def __call__(self, rows: list[Any]) -> tuple[dict[str, Tensor], Tensor]:
        batch = dict(self.pad(rows))
        classes = batch.pop("labels")
        return batch, classes


def parts(order: Order) -> tuple[Any, Any]:
    """The network and its loaders."""
    if order.work.modality == "images":
        loaders = ImageDataLoaders.from_folder(
            order.data,
            train="train",
            valid="val",
            bs=order.batch_size,
            item_tfms=Resize(order.image_size),
            batch_tfms=Normalize.from_stats(MEAN, STD),
        )
        return resnet(order), loaders
    words = tokenizer(order)
    batches = [
        DataLoader(
            Texts(order, split, words),
            batch_size=order.batch_size,
            shuffle=split == "train",
            collate_fn=Collate(words),
        )
        for split in ("train", "val")
    ]
    return Text(text_classifier(order)), DataLoaders(*batches, device=default_device())


def groups(net: nn.Module) -> list[list[nn.Parameter]]:
    """The parameters that stay frozen, and those that train, as `Learner.freeze` expects them."""
    parameters = list(net.parameters())
    frozen = [parameter for parameter in parameters if not parameter.requires_grad]
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    return [frozen, trained] if frozen else [trained]


def main(order: Order) -> None:
    """Do the work and write the result."""
    set_seed(0)
    net, loaders = parts(order)
    split = groups(net)
    loss = nn.CrossEntropyLoss()
    learner = Learner(loaders, net, loss_func=loss, metrics=accuracy, splitter=lambda _: split)
    learner.freeze()
    begin = time.perf_counter()
    learner.fit(order.epochs, order.work.rate)
    training = time.perf_counter() - begin
    contest.finish(order, accuracy=learner.recorder.values[-1][-1], training=training)


if __name__ == "__main__":
    main(ORDER)
