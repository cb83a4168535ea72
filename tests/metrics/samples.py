"""Outputs and targets for metrics, some right and some wrong."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor

NAMES = tuple("abcdefg")
ROWS = 40
Tags = list[list[str]]
Boxes = list[dict[str, Tensor]]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def segmented(images: int = 16, classes: int = 7) -> tuple[Tensor, Tensor]:
    """Logits and masks; the last class never occurs, the one before only in predictions, -1 is ignored."""
    masks = torch.randint(-1, classes - 2, (images, 5, 6), generator=generator())
    logits = torch.randn(images, classes, 5, 6, generator=generator(1))
    logits[:, -1] = -50.0
    hot = torch.nn.functional.one_hot(masks.clamp(min=0), classes).permute(0, 3, 1, 2)
    return logits + 1.5 * hot, masks


def boxes(images: int = 16) -> tuple[Boxes, Boxes]:
    """Detections near most true boxes, and some elsewhere; image 0 has neither."""
    said: Boxes = []
    true: Boxes = []
    chance = generator()
    for number in range(images):
        corner = 100 * torch.rand(number % 4, 2, generator=chance)
        edges = torch.cat([corner, corner + 20 + 30 * torch.rand(number % 4, 2, generator=chance)], dim=1)
        labels = torch.randint(3, (len(edges),), generator=chance)
        noise = 4 * torch.randn(edges.shape, generator=chance)
        scores = torch.rand(len(edges), generator=chance)
        true.append({"boxes": edges, "labels": labels})
        said.append({"boxes": edges + noise, "labels": (labels + (scores < 0.2)) % 3, "scores": scores})
    return said, true


def tagged(marks: str = "BI", texts: int = 16, seed: int = 0) -> tuple[Tags, Tags]:
    """Random tags with `marks`, in any order, so not always well formed; about two thirds of the outputs are right."""
    chance = random.Random(seed)
    tags = ["O", *(f"{mark}-{kind}" for mark in marks for kind in ("PER", "LOC", "X-1"))]
    true = [[chance.choice(tags) for _ in range(chance.randrange(12))] for _ in range(texts)]
    said = [[tag if chance.random() < 0.6 else chance.choice(tags) for tag in row] for row in true]
    return said, true


WORDS = ("the", "cat", "sat", "on", "a", "mat", "and", "then", "it", "ran", "away", "from", "us", "all")


def texts(count: int = 16) -> tuple[list[str], list[str]]:
    """Sentences, and what became of them: words are lost, and some are others."""
    chance = random.Random(0)
    true = [" ".join(chance.choices(WORDS, k=chance.randrange(4, 12))) for _ in range(count)]
    said = [
        " ".join(
            w if chance.random() < 0.8 else chance.choice(WORDS) for w in text.split()[chance.randrange(2) :]
        )
        for text in true
    ]
    return said, true


def tokens(count: int = 40, vocabulary: int = 11) -> tuple[Tensor, Tensor]:
    """Logits and the next tokens; a few are ignored."""
    targets = torch.randint(vocabulary, (count,), generator=generator())
    logits = torch.randn(count, vocabulary, generator=generator(1))
    logits += torch.nn.functional.one_hot(targets, vocabulary)
    targets[5::7] = -100
    return logits, targets


def spectrograms(count: int = 14, bands: int = 20) -> tuple[list[Tensor], list[Tensor]]:
    """Log-mel spectrograms of different lengths."""
    chance = generator()
    said = [torch.randn(9 + n % 3, bands, generator=chance) for n in range(count)]
    true = [torch.randn(8 + n % 5, bands, generator=chance) for n in range(count)]
    return said, true


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def single(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Logits and classes; class g has no example, and f is never predicted."""
    targets = torch.randint(6, (ROWS,), generator=torch.Generator().manual_seed(seed))
    logits = normal(ROWS, 7, seed=seed) + 1.5 * torch.nn.functional.one_hot(targets, 7)
    logits[:, 5] = -50.0
    return logits, targets


def multi(seed: int = 0) -> tuple[Tensor, Tensor]:
    targets = torch.randint(2, (ROWS, 7), generator=torch.Generator().manual_seed(seed)).float()
    logits = normal(ROWS, 7, seed=seed) + 2 * targets - 1
    targets[:5] = (logits[:5] >= 0).float()  # some wholly right
    return logits, targets


def numbers(seed: int = 0) -> tuple[Tensor, Tensor]:
    targets = normal(ROWS, seed=seed).double() * 3 + 10
    return targets + normal(ROWS, seed=seed + 1).double(), targets


def scored(metric: Any, outputs: Tensor, targets: Tensor) -> dict[str, float]:
    metric.update(outputs, targets)
    return dict(metric.compute())
