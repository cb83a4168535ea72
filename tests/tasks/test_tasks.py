from __future__ import annotations

import pickle
from typing import Any

import pytest
import torch
from torch import nn

from ftcli.config.schema import Head
from ftcli.contracts import Backbone, Block, Example, ImagePreprocess, Modality, Target, Task, TextPreprocess
from ftcli.losses import DEFAULT_LOSS, LOSSES
from ftcli.models.heads import Classifier
from ftcli.tasks import TASKS
from ftcli.tasks.supervised import Supervised
from tests.tasks.test_texts import tokenizer

IMAGE, TEXT = ImagePreprocess(8, 8), TextPreprocess(tokenizer(), 8)
CLASSES = Target("single-label", ("ant", "bee"), (1, 1), 2)
NUMBERS = Target("number", examples=2, mean=3.0, std=2.0)


class Pixels(nn.Module):
    """Mean colours as features."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels.mean(dim=(2, 3))


class Tokens(nn.Module):
    """The mean embedding of the tokens that are no padding."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(8, 3)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        kept = attention_mask.unsqueeze(2)
        mean: torch.Tensor = (self.embedding(input_ids) * kept).sum(1) / kept.sum(1)
        return mean


def made(name: str) -> Supervised:
    part: type[Supervised] = TASKS.load(name)
    target = NUMBERS if part.wants == "number" else CLASSES
    loss = LOSSES.load(DEFAULT_LOSS[target.kind])(target=target)
    return part(target, IMAGE if part.modality == "image" else TEXT, Head(), loss)


def backbone(modality: Modality) -> Backbone:
    torch.manual_seed(0)
    blocks = (Block("all", ("embedding",)),)
    if modality == "image":
        return Backbone(Pixels(), IMAGE, 3, (), "test", "cnn")
    return Backbone(Tokens(), TEXT, 3, blocks, "test", "bert")


def examples(one: Supervised) -> list[Example]:
    inputs: list[dict[str, Any]] = [{"text": "good film"}, {"text": "bad", "text_pair": "very bad film"}]
    if one.modality == "image":
        noise = torch.randint(
            256, (2, 9, 9, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8
        )
        inputs = [{"image": image.numpy()} for image in noise]
    labels: tuple[Any, ...] = ("ant", "bee") if one.wants == "category" else (1.0, 5)
    return [Example(str(i), inputs[i], labels[i]) for i in range(2)]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_learns_from_rows_and_predicts_them(name: str) -> None:
    one: Task = made(name)
    model = one.attach(backbone(made(name).modality))
    assert isinstance(model, Classifier)
    encoded = [one.encode(example) for example in examples(made(name))]
    batch = one.collate(encoded, training=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(30):
        loss = one.loss(model, batch)
        optimizer.zero_grad()
        torch.autograd.backward(loss.total / loss.count)
        optimizer.step()
        losses.append(loss.total.item())
    assert losses[-1] < 0.5 * losses[0]
    batch = one.collate([one.encode(Example(e.id, e.inputs)) for e in examples(made(name))], training=False)
    predictions = one.predict(model.eval(), batch)
    assert [prediction.id for prediction in predictions] == ["0", "1"]
    assert all(isinstance(p.label, str if "classification" in name else float) for p in predictions)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_says_what_it_is(name: str) -> None:
    modality, learned = name.split("-")
    one = TASKS.load(name)
    assert (one.modality, one.wants) == (modality, "number" if learned == "regression" else "category")


@pytest.mark.parametrize("name", TASKS)
def test_a_task_goes_to_the_processes_that_read_data(name: str) -> None:
    one = made(name)
    other: Supervised = pickle.loads(pickle.dumps(one))
    batches = [t.collate([t.encode(e) for e in examples(one)], training=True) for t in (one, other)]
    torch.testing.assert_close(batches[0].inputs, batches[1].inputs, rtol=0, atol=0)
