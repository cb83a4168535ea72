"""A trained model in memory: what `ftcli predict` and `ftcli eval` stand on, and the Python interface.

predictor = Predictor.open("runs/flowers")
predictor.predict([{"image": "a.jpg"}, {"image": "b.jpg"}])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.config.schema import Experiment
from ftcli.contracts import Batch, Encoded, Example, PathLike, Prediction, Split, Target, Task
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.chats.turns import chat_of, is_chat
from ftcli.errors import DataError, listing
from ftcli.loading.batch_sampler import restore
from ftcli.models.network import Network
from ftcli.runs.batches import scored_batches
from ftcli.runs.inference.signature import Signature, signature_of
from ftcli.runs.inference.trained import Trained, open_trained
from ftcli.runs.scoring import Scores, score
from ftcli.training.evaluate import predict, to_device

Given = Example | Mapping[str, Any]  # an example, or its inputs by name: image, text, text_pair, audio, ...


class Predictor:
    """The model of a run, with the weights of one of its checkpoints.

    Examples are `Example`s, or their inputs by name: {"image": a path, bytes or an array}, {"text": ...},
    {"text": ..., "text_pair": ...}, {"audio": a path or bytes}; of a chat `text` is a list of messages.
    Errors are `ftcli.errors.UserError`s.
    """

    def __init__(self, trained: Trained) -> None:
        self.trained = trained

    @classmethod
    def open(cls, run: PathLike, *, device: str | None = None) -> Predictor:
        """The model of a run (its best checkpoint) or of one checkpoint. Raises `RunError` if it is neither."""
        return cls(open_trained(Path(run), device=device))

    @property
    def experiment(self) -> Experiment:
        """What the run was trained by, every key spelled out."""
        return self.trained.experiment

    @property
    def task(self) -> Task:
        """What a batch means."""
        return self.trained.task

    @property
    def target(self) -> Target:
        """What the run has learned: the kind of target, and the classes in the order of the outputs."""
        return self.trained.task.target

    @property
    def model(self) -> Network:
        """The network, in eval mode."""
        return self.trained.model.eval()

    def predict(self, examples: Sequence[Given]) -> list[Prediction]:
        """A prediction for each example, in order. Raises `DataError` for an example that cannot be used."""
        return [prediction for _, prediction in self.predictions(UnlabelledExamples(self._checked(examples)))]

    def encoded(self, example: Given) -> Encoded:
        """An example after all that is done to it alone. Raises `DataError` for one that cannot be used."""
        return self.task.encode(self._checked([example])[0])

    def predicted(self, encoded: Sequence[Encoded]) -> list[Prediction]:
        """A prediction for each of these, in order: they are one batch, padded to the longest."""
        batch = self.task.collate(encoded, training=False)
        self.trained.caching.enter_scoring(lambda: batch.inputs)
        return list(predict(self.trained.model, self.task, [batch], self.trained.precision))

    def batch(self, examples: Sequence[Given]) -> Batch:
        """The examples as one batch, as the network takes them in evaluation, on its device."""
        encoded = [self.task.encode(example) for example in self._checked(examples)]
        return to_device(self.task.collate(encoded, training=False), self.trained.precision.device)

    def outputs(self, examples: Sequence[Given] | Batch) -> Any:
        """What the network gives for the examples or a batch of them, in one pass; see `TaskCriterion.outputs`.

        The pass goes through the whole network, so the outputs are differentiable in its weights, and in inputs of a
        batch that are floats.
        """
        batch = examples if isinstance(examples, Batch) else self.batch(examples)
        with self._whole() as model, self.trained.precision.autocast():
            return self.task.outputs(model, batch)

    def signature(self) -> Signature:
        """The inputs of the network: names, types, and the axes whose size differs between batches."""
        return signature_of(self.task)

    def predictions(self, split: Split) -> Iterator[tuple[Example, Prediction]]:
        """The examples of a split with their predictions, in order, which are made as they are asked for."""
        batches = scored_batches(self.trained.caching, split, keep=False)
        made = predict(self.trained.model, self.task, batches.epoch(0), self.trained.precision)
        ordered = restore(batches.order.indices(0).tolist(), made)
        return ((split[index], prediction) for index, prediction in enumerate(ordered))

    def scores(self, split: Split) -> Scores:
        """The figures of a split whose examples have targets."""
        batches = scored_batches(self.trained.caching, split)
        return score(self.trained.model, self.task, batches, self.trained.precision)

    def _checked(self, examples: Sequence[Given]) -> list[Example]:
        """Examples without their targets. Raises `DataError` for inputs that are missing, or that have no meaning."""
        found = [_example(index, given) for index, given in enumerate(examples)]
        inputs = self.trained.task_type.inputs
        needed = {one.name for one in inputs}
        known = {*KINDS[self.target.kind].more_roles}.union(*(one.roles for one in inputs))
        for one in found:
            missing = needed - one.inputs.keys()
            if missing or one.inputs.keys() - known:
                words = (
                    f"has no input {min(missing)!r}"
                    if missing
                    else "has inputs that this model does not take"
                )
                there, taken = listing(one.inputs), listing(sorted(known))
                raise DataError(f"{one.id}: {words}. It has: {there}. Known are: {taken}")
        return found

    @contextmanager
    def _whole(self) -> Iterator[Network]:
        """The network, which for this while does not begin behind blocks whose features are computed apart."""
        model = self.model
        cut, model.cut = model.cut, None
        try:
            yield model
        finally:
            model.cut = cut


@dataclass(frozen=True, slots=True)
class UnlabelledExamples:
    """Examples without targets as a `Split`."""

    given: Sequence[Example]

    def __len__(self) -> int:
        return len(self.given)

    def __getitem__(self, index: int) -> Example:
        return self.given[index]

    def targets(self) -> Sequence[Any]:
        return [None] * len(self.given)


def _example(index: int, given: Given) -> Example:
    """An example without its target: it is to be predicted. Raises `DataError` for messages that are no chat."""
    id_, inputs = (given.id, given.inputs) if isinstance(given, Example) else (str(index), given)
    if is_chat(text := inputs.get("text")):
        try:
            inputs = {**inputs, "text": chat_of(text)}
        except ValueError as error:
            raise DataError(f"{id_}: {error}") from None
    return Example(id_, inputs)
