"""Boxes in another order: what is as likely may come in any, also where a figure depends on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ftcli.contracts import Boxes, Example
from ftcli.errors import ParityError
from ftcli.models.detection.detector import Detected
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.parity import check
from ftcli.ship.parity.rows import HeldOut
from tests.ship.graphs.exported import predictor_of

# Images are seen as they are.
SIDE = 8
# The folder of the export, which has no documents.
NOWHERE = Path("nowhere")
RIGHT, WRONG = [1.0, 1.0, 4.0, 4.0], [5.0, 5.0, 7.0, 8.0]


class Fixed(nn.Module):
    """A detector that finds two boxes of class 0 in every image."""

    def __init__(self, *scores: float) -> None:
        super().__init__()
        self.scores = scores

    def forward(self, pixels: Tensor, sizes: Tensor, targets: Any = None) -> Detected:
        one = {
            "boxes": torch.tensor([RIGHT, WRONG]),
            "scores": torch.tensor(self.scores),
            "labels": torch.zeros(2, dtype=torch.int64),
        }
        return Detected({}, [one] * len(pixels))


class Reversed:
    """In place of the process of an export: each box has the score of the other one."""

    predictor: Predictor

    def __init__(self, *_: Any, **__: Any) -> None: ...
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def call(self, function: str, inputs: Any, *, optional: bool = False) -> tuple[Any, float]:
        if function == "batch":
            return None, 0.0
        if function == "predict":
            examples = [Example("a", one) for one in inputs]
            made = self.predictor.task.predictions(self.predictor.model, self.predictor.batch(examples))
            return [one.values(example) for one, example in zip(made, examples, strict=True)], 0.0
        found: Sequence[Any] = self.predictor.model(**inputs).detections
        return {
            f"detections.{n}.{name}": value.numpy() if name == "scores" else value.flip(0).numpy()
            for n, one in enumerate(found)
            for name, value in one.items()
        }, 0.0


def rows() -> HeldOut:
    random = np.random.default_rng(0)
    target = Boxes(("ant",), np.array([RIGHT], dtype=np.float32))
    image = random.integers(256, size=(SIDE, SIDE, 3), dtype=np.uint8)
    split: Any = [Example(str(n), {"image": image}, target) for n in range(3)]
    return HeldOut("val", split)


def compared(monkeypatch: pytest.MonkeyPatch, *scores: float) -> check.Parity:
    predictor = predictor_of("object-detection")
    predictor.model.backbone = Fixed(*scores)
    monkeypatch.setattr(Reversed, "predictor", predictor, raising=False)
    monkeypatch.setattr(check, "Process", Reversed)
    return check.check(predictor, NOWHERE, rows())


def test_a_figure_may_differ_by_the_order_of_what_is_as_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    parity = compared(monkeypatch, 0.6 + 1e-6, 0.6)
    assert parity.before > parity.after
    assert parity.reordered
    assert parity.same_answers == parity.rows == 3


def test_other_scores_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParityError, match=r"row 0, in batches of 1: box .* is missing; the nearest is"):
        compared(monkeypatch, 0.9, 0.6)


@pytest.mark.parametrize("found", [float("nan"), 0.5])
def test_a_figure_that_is_another_fails(monkeypatch: pytest.MonkeyPatch, found: float) -> None:
    monkeypatch.setattr(check, "watched", lambda *_: ("map", 0.6, found))
    with pytest.raises(ParityError, match=rf"map is {found} in place of 0\.6"):
        compared(monkeypatch, 0.6, 0.6)
