"""A network that gives features to a head, as exports see it: its parts, its classes, and the unit of its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Form
from ftcli.errors import DataError
from ftcli.runs.inference.evaluating import splits_of
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.scripts.huggingface import images, sounds, texts
from ftcli.tasks.targets.numbers import NumberCodec

# transformers' auto class and pipeline, by the form of the network and what goes in.
CLASSES: Mapping[tuple[Form, str], tuple[str, str]] = {
    ("vector", "image"): ("AutoModelForImageClassification", "image-classification"),
    ("vector", "text"): ("AutoModelForSequenceClassification", "text-classification"),
    ("vector", "audio"): ("AutoModelForAudioClassification", "audio-classification"),
    ("tokens", "text"): ("AutoModelForTokenClassification", "token-classification"),
    ("maps", "image"): ("AutoModelForSemanticSegmentation", "image-segmentation"),
}
CALLS = {"image": images.outputs, "text": texts.outputs, "audio": sounds.outputs}
PROBLEMS = {"number": "regression", "multi-label": "multi_label_classification", "mask": "segmentation"}
# Name of the one output of a network that predicts numbers.
VALUE = "value"
# Beyond this many deviations from zero float32 has too few digits for numbers in their own unit.
FARTHEST = 100
ROWS = 12
TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Described:
    """`unit` is the mean and the deviation by which outputs become numbers; (0, 1) where they are not numbers.

    `head` has the unit folded into its last layer where float32 is fine enough for that, which `scale` says: it is
    None, or else the unit, which is then left to be applied.
    """

    predictor: Predictor
    # The network of the library, and what ftcli puts around it.
    net: nn.Module
    around: Any
    preprocess: Any
    head: nn.Sequential
    names: tuple[str, ...]
    problem: str
    modality: str
    unit: tuple[float, float]
    scale: tuple[float, float] | None

    @property
    def form(self) -> Form:
        """That of the network."""
        return self.predictor.trained.task_type.form

    @property
    def last(self) -> nn.Linear | nn.Conv2d | None:
        """The head, where it is one layer (and dropout before it, which does nothing in inference)."""
        layers = [layer for layer in self.head if not isinstance(layer, nn.Dropout)]
        only = layers[0] if len(layers) == 1 else None
        return only if isinstance(only, (nn.Linear, nn.Conv2d)) else None

    @property
    def auto(self) -> str:
        """transformers' auto class."""
        return CLASSES[self.form, self.modality][0]

    @property
    def pipeline(self) -> str:
        """transformers' pipeline."""
        return CLASSES[self.form, self.modality][1]


def described(predictor: Predictor) -> Described:
    """The parts of a run's network; the head is a copy."""
    model: Any = predictor.model
    target = predictor.target
    unit = (0.0, 1.0)
    head, scale = deepcopy(model.head), None
    problem = PROBLEMS.get(target.kind, "single_label_classification")
    if problem == "regression":
        codec = NumberCodec(target)
        unit = (float(codec.mean), float(codec.std))
        if abs(unit[0]) <= FARTHEST * unit[1]:
            _fold(head[-1], *unit)
        else:
            scale = unit
    return Described(
        predictor,
        model.backbone.net,
        model.backbone,
        predictor.trained.caching.backbone.preprocess,
        head,
        target.classes or (VALUE,),
        problem,
        predictor.trained.task_type.inputs[0].name,
        unit,
        scale,
    )


def _fold(layer: Any, mean: float, std: float) -> None:
    """Let a layer give numbers in their own unit, in place."""
    with torch.no_grad():
        layer.weight.copy_((layer.weight.double() * std).float())
        layer.bias.copy_((layer.bias.double() * std + mean).float())


def layers(head: nn.Sequential) -> list[list[Any]]:
    """The kind and the sizes of each layer, from which it is made again."""
    return [_sizes(layer) for layer in head]


def _sizes(layer: nn.Module) -> list[Any]:
    if isinstance(layer, nn.Linear):
        return ["Linear", layer.in_features, layer.out_features]
    if isinstance(layer, nn.Conv2d):
        return ["Conv2d", layer.in_channels, layer.out_channels, 1]
    return ["Dropout", layer.p] if isinstance(layer, nn.Dropout) else [type(layer).__name__]


def trial_batches(predictor: Predictor) -> list[Batch]:
    """What classes are tried on: a few rows of the validation split, or else of another, and made-up examples."""
    splits = splits_of(predictor)
    split = next(
        (one for one in (splits.val, splits.test, splits.train) if one is not None and len(one)), None
    )
    rows = []
    for index in range(min(ROWS, 0 if split is None else len(split))):
        try:
            assert split is not None
            predictor.task.encode(example := split[index])
            rows.append(example)
        except DataError:
            continue
    batches = [predictor.batch(rows)] if rows else []
    return [*batches, predictor.batch(list(predictor.task.samples()))]


@contextmanager
def random_head(known: Described) -> Iterator[Described]:
    """The same network, for this while with a head of random weights, by which a class is tried.

    Of a head that is hardly trained the outputs are near zero, whatever the features are.
    """
    model: Any = known.predictor.model
    head = deepcopy(model.head)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in head.parameters():
            drawn = torch.randn(value.shape, generator=generator)
            value.copy_(drawn / math.sqrt(value[0].numel()))
    trained, model.head = model.head, head
    try:
        yield replace(known, head=head, unit=(0.0, 1.0), scale=None)
    finally:
        model.head = trained


def answers_alike(described: Described, call: Any, batches: Sequence[Batch]) -> bool:
    """Whether `call(inputs)` gives what the run's network gives, numbers in their own unit."""
    with torch.inference_mode():
        try:
            return all(_alike(described, call, batch) for batch in batches)
        except (TypeError, ValueError, RuntimeError, IndexError):
            # It does not take such inputs.
            return False


def _alike(described: Described, call: Any, batch: Batch) -> bool:
    wanted = described.predictor.outputs(batch)
    mean, std = described.unit
    found: Tensor = ((call(batch.inputs).double() - mean) / std).float()
    largest = max(1.0, float(wanted.abs().max()))
    return found.shape == wanted.shape and bool((found - wanted).abs().max() <= TOLERANCE * largest)
