"""Tags as targets and predictions: one for each word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ftcli.contracts import Example, ExampleScores, Metric, Outcomes, PairTable, Prediction, Target
from ftcli.contracts.outcomes import joined
from ftcli.contracts.tag_schemes import scheme_of
from ftcli.errors import DataError
from ftcli.metrics.entities import Entities, counts_of_each
from ftcli.metrics.intervals import of_sums
from ftcli.metrics.of_examples.resampled import tagged
from ftcli.tasks.targets.labels import Classes

# Padding, where a sentence has no more words.
NONE = -1


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """The words of an example, and the indices of their tags; None when predicting."""

    words: tuple[str, ...]
    tags: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class TagsPrediction(Prediction):
    """`label` has the tag of each of the `words`; a word beyond the longest text is "O", without a probability."""

    words: tuple[str, ...] = ()
    probabilities: tuple[float | None, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """A row for each word."""
        found = []
        columns = zip(self.words, self.label, self.probabilities, strict=True)
        for position, (word, tag, probability) in enumerate(columns, start=1):
            row = {"id": self.id, "position": position, "word": word, "label": tag}
            found.append({**row, "probability": None if probability is None else round(probability, 6)})
        return found


class TagCodec:
    """One tag for each word: the largest output at its first token. Of a word that has no token it is "O".

    Outputs are (B, T, C). The targets of a batch are a mapping with the `words` of each sentence, `starts` and `tags`,
    both int64 (B, most words), where -1 is for what is not there; `tags` is None when predicting.
    """

    def __init__(self, target: Target) -> None:
        self.classes = Classes(target.classes)
        self._scheme = scheme_of(target.classes)
        self._outside = self._scheme.outside

    def encode(self, example: Example) -> tuple[int, ...]:
        """The index of each word's tag."""
        tags: Any = example.target
        return tuple(self.classes.index(tag, example) for tag in tags)

    def sentence(self, words: tuple[str, ...], example: Example) -> TaggedSentence:
        """An example's words and tags. Raises `DataError` where there are not as many of both."""
        tags = None if example.target is None else self.encode(example)
        if tags is not None and len(tags) != len(words):
            raise DataError(f"{example.id}: {len(words)} words and {len(tags)} tags")
        return TaggedSentence(words, tags)

    def collate(self, targets: Sequence[TaggedSentence]) -> dict[str, Any]:
        """`words` and `tags` of a batch."""
        tags = [torch.tensor(one.tags, dtype=torch.int64) for one in targets if one.tags is not None]
        padded = pad_sequence(tags, batch_first=True, padding_value=NONE) if tags else None
        return {"words": [one.words for one in targets], "tags": padded}

    def metrics(self) -> dict[str, Metric]:
        """Counts of entities by type."""
        return {"entities": Entities.of(self.classes.names)}

    def measured(
        self, outputs: Tensor, targets: Mapping[str, Any]
    ) -> tuple[list[list[str]], list[list[str]]]:
        """What the metrics compare: the names of the predicted and the true tags."""
        predicted = self._names(outputs.argmax(dim=2), targets)
        pairs = zip(targets["tags"].tolist(), targets["words"], strict=True)
        return predicted, [[self.classes.names[tag] for tag in row[: len(words)]] for row, words in pairs]

    def outcomes(self, predicted: list[list[str]], true: list[list[str]]) -> Outcomes:
        """The tags of each sentence."""
        return Outcomes(predicted, true)

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """The share of the words of each sentence whose tag is right; 1 where there is no word."""
        predicted, true = outcomes.predicted, outcomes.true
        statistics = counts_of_each(predicted, true, self._scheme)
        right, words = statistics[:, -2:].T
        return ExampleScores(
            np.where(words > 0, right / np.maximum(words, 1), 1.0).tolist(),
            "share of the words whose tag is right",
            true=[joined(tags) for tags in true],
            predicted=[joined(tags) for tags in predicted],
            intervals=of_sums(lambda: statistics, statistics.shape, tagged),
            confusion=None if self._scheme.spans else self._confusion(predicted, true),
        )

    def _confusion(self, predicted: list[list[str]], true: list[list[str]]) -> PairTable:
        """Of words; a word that has no token may have a tag that is no class."""
        names = [*dict.fromkeys([*self.classes.names, *(tag for tags in predicted for tag in tags)])]
        places = {name: index for index, name in enumerate(names)}
        pairs: NDArray[np.int64] = np.zeros((len(names), len(names)), dtype=np.int64)
        for said, there in zip(predicted, true, strict=True):
            for one, other in zip(said, there, strict=True):
                pairs[places[other], places[one]] += 1
        return PairTable(names, pairs)

    def counted(self, outputs: Tensor, targets: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
        """The outputs (N, C) and tags (N,) of the words that have both."""
        starts, tags = targets["starts"], targets["tags"]
        there = starts >= 0
        return at_words(outputs, starts)[there], tags[there]

    def predictions(self, outputs: Any, ids: Sequence[str]) -> list[Prediction]:
        """The tags of each sentence, as in `measured`, and their probabilities; `outputs` with their targets."""
        outputs, targets = outputs
        predicted = self._names(outputs.argmax(dim=2), targets)
        highest = outputs.softmax(dim=2).amax(dim=2, keepdim=True)
        chances = at_words(highest, targets["starts"]).squeeze(2).tolist()
        rows = zip(ids, targets["words"], predicted, chances, targets["starts"].tolist(), strict=True)
        return [_prediction(*row) for row in rows]

    def _names(self, indices: Tensor, targets: Mapping[str, Any]) -> list[list[str]]:
        """The tags of each sentence, from the indices (B, T) of its tokens' tags."""
        starts = targets["starts"]
        rows = zip(at_words(indices.unsqueeze(2), starts).squeeze(2).tolist(), starts.tolist(), strict=True)
        tags = [
            [
                self.classes.names[index] if start >= 0 else self._outside
                for index, start in zip(*pair, strict=True)
            ]
            for pair in rows
        ]
        return [row[: len(words)] for row, words in zip(tags, targets["words"], strict=True)]


def _prediction(
    id_: str, words: tuple[str, ...], tags: list[str], chances: list[float], starts: list[int]
) -> TagsPrediction:
    seen = [chance if start >= 0 else None for chance, start in zip(chances, starts, strict=True)]
    return TagsPrediction(id_, tuple(tags), words=words, probabilities=tuple(seen[: len(words)]))


def at_words(values: Tensor, starts: Tensor) -> Tensor:
    """The values of the first token of each word: (B, T, C) and (B, W) to (B, W, C); any where there is no token."""
    places = starts.clamp(min=0).unsqueeze(2).expand(-1, -1, values.shape[2])
    return values.gather(1, places)
