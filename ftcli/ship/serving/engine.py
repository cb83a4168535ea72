"""The model at work: examples are decoded in threads, and one thread runs the model on batches of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor

from torch import Tensor

from ftcli.contracts import Encoded, Example, Prediction, Task
from ftcli.contracts.modalities import Inputs
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.serving.limits import Limits, busy
from ftcli.ship.serving.waiting import Place, WaitingLine, fail
from ftcli.training.hardware import available_cores, keep_memory_of_threads


class Engine:
    """Predictions of a trained model for those who wait for them in an event loop.

    `watch` is called with the size of each batch. It is `ready` once the model has predicted; `broken` has
    the error if it cannot.
    """

    def __init__(
        self, predictor: Predictor, limits: Limits, *, batch: int | None = None,
        watch: Callable[[int], object] = lambda size: None,
    ) -> None:  # fmt: skip
        data = predictor.experiment.data
        self.predictor, self.limits, self._watch = predictor, limits, watch
        self._begun: Callable[[], object] = lambda: None
        # What the model said of a sample.
        self.sample: Prediction | None = None
        self.line = WaitingLine(limits.examples, batch or data.batch, most_tokens=data.max_tokens)
        self.ready, self.broken = threading.Event(), list[BaseException]()
        # The tokenizer of texts is used by one thread at a time.
        tokenised = any(one.tokenised for one in predictor.trained.task_type.inputs)
        self.pool = ThreadPoolExecutor(1 if tokenised else available_cores(), "decoding")
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)

    def start(self, begun: Callable[[], object] = lambda: None) -> None:
        """Predict the samples of the task, call `begun`, in the thread of the model, and predict whatever comes."""
        self._begun = begun
        if self.predictor.trained.precision.device.type == "cpu":
            keep_memory_of_threads()
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Predict what waits, and end; whether that was done within so many seconds."""
        self.line.close()
        self._thread.join(seconds)
        self.pool.shutdown(wait=False, cancel_futures=True)
        return not self._thread.is_alive()

    async def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """A prediction for each example, in order; they leave the queue if this is cancelled.

        Raises `UserError` for one that cannot be used, `Refusal` where the queue is full, or too long to wait in.
        """
        places = self.line.reserve(list(examples))
        try:
            for place in places:
                self.pool.submit(self.line.decode, place, self._encode)
            made = asyncio.gather(*(asyncio.wrap_future(place.prediction) for place in places))
            made.add_done_callback(_seen)
            await asyncio.wait([made], timeout=self.limits.waiting)
            if not made.done() and not any(place.prediction.running() for place in places):
                made.cancel()
                raise busy(f"the model has not begun with this request within {self.limits.waiting:g} s")
            return await made
        finally:
            for place in places:
                place.prediction.cancel()

    def _encode(self, place: Place) -> None:
        place.encoded = self.predictor.encoded(place.example)
        task, inputs = self.predictor.task, self.predictor.trained.task_type.inputs
        place.kind, place.length = likeness(place.encoded, task, inputs)

    def _run(self) -> None:
        try:
            samples = [self.predictor.task.encode(one) for one in self.predictor.task.samples()]
            self.sample = self.predictor.predicted(samples)[0]
            self.ready.set()
        except BaseException as error:
            self.broken.append(error)
            return
        finally:
            self._begun()
        while (batch := self.line.batch()) is not None:
            self._watch(len(batch))
            self._answer(batch)

    def _answer(self, batch: Sequence[Place]) -> None:
        """Predict a batch; where that fails, each example by itself, so that one spoils no other."""
        try:
            made = self.predictor.predicted([one.encoded for one in batch if one.encoded is not None])
        except Exception as error:
            if len(batch) == 1 or isinstance(error, MemoryError):
                for one in batch:
                    fail(one, error)
                return
            for one in batch:
                self._answer([one])
            return
        for one, prediction in zip(batch, made, strict=True):
            one.prediction.set_result(prediction)


def _seen(made: asyncio.Future[list[Prediction]]) -> None:
    """Take note of an error, also where nobody waits for it any more."""
    if not made.cancelled():
        made.exception()


def likeness(encoded: Encoded, task: Task, inputs: Inputs) -> tuple[Hashable, int]:
    """What examples of one batch have in common, and the length of this one.

    The padding of texts is masked, so that any two may be in a batch. Others would be batches of the same shapes by
    themselves, so that none is padded: what some networks give for a sound or an image depends on what is beside it.
    """
    if task.sequence is not None and any(one.tokenised for one in inputs):
        return (), len(encoded.inputs[task.sequence])
    alone = task.collate([encoded], training=False).inputs
    shapes = {name: tuple(value.shape) for name, value in alone.items() if isinstance(value, Tensor)}
    return tuple(sorted(shapes.items())), 1
