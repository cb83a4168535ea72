"""The worst examples as a person sees them: a picture or a text of each, and drawn what is predicted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from torch import nn

from ftcli.contracts import Example, Prediction, Split, Task
from ftcli.errors import DataError
from ftcli.loading.batch_sampler import restore
from ftcli.runs.batches import scored_batches
from ftcli.runs.caching import Caching
from ftcli.runs.inference.predictor import UnlabelledExamples
from ftcli.training.evaluate import predict

# Characters of a text.
MOST_TEXT = 500


def predicted(
    model: nn.Module, task: Task, caching: Caching, split: Split, rows: Sequence[int]
) -> dict[int, Prediction]:
    """What the model predicts for these examples. All processes of a group call it; the result is where it is led."""
    if not rows:
        return {}
    examples = UnlabelledExamples([Example(split[row].id, split[row].inputs) for row in rows])
    batches = scored_batches(caching, examples, keep=False)
    parts = caching.group.gather(list(predict(model, task, batches.epoch(0), caching.precision)))
    made = [prediction for part in parts for prediction in part]
    if not made:
        return {}
    return dict(zip(rows, restore(batches.order.indices(0).tolist(), made), strict=True))


def picture(task: Task, example: Example, prediction: Prediction | None) -> bytes | None:
    """A small JPEG; None of a text, or of a file that is gone since it was scored."""
    with suppress(DataError):
        return task.picture(example, prediction)
    return None


def text(task: Task, example: Example) -> str | None:
    """The beginning of the text."""
    found = task.text(example)
    return None if found is None else found[:MOST_TEXT]
