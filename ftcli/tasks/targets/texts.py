"""Texts as targets and predictions, token by token."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ftcli.contracts import Example, ExampleScores, Metric, Outcomes, Prediction
from ftcli.errors import DataError
from ftcli.metrics.intervals import Floats, of_means, of_sums
from ftcli.metrics.of_examples.resampled import bleu, chrf
from ftcli.metrics.rouge import FIGURES, Rouge
from ftcli.metrics.translation import Translation, bleu_counts, chrf_counts
from ftcli.tasks.lengths import too_long

# The label of padding.
IGNORED = -100

# The token ids of a text, int32 (tokens,), and the text.
EncodedText = tuple[Tensor, str]


class TextMeasure(NamedTuple):
    """What compares predicted with true texts: all of them, and each."""

    metrics: Callable[[], dict[str, Metric]]
    example_scores: Callable[[Outcomes, Mapping[str, Metric]], ExampleScores]


def text_metrics() -> dict[str, Metric]:
    """What texts have in common with those that they should be: BLEU, chrF, ROUGE."""
    return {"translation": Translation(), "rouge": Rouge()}


def text_scores(outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
    """chrF of each text, 0 to 1; `metrics` are those of `text_metrics`."""
    predicted, true = outcomes.predicted, outcomes.true
    characters, words = chrf_counts(predicted, true), bleu_counts(predicted, true)
    counts, edge = np.concatenate([words, characters], axis=1), words.shape[1]
    rouge: Any = metrics["rouge"]

    def figures(sums: Floats) -> Mapping[str, Floats]:
        return {"bleu": bleu(sums[:, :edge]), "chrf": chrf(sums[:, edge:])}

    each = {name: np.array([one[name] for one in rouge.each()]) for name in FIGURES}
    same = [said == there for said, there in zip(predicted, true, strict=True)]
    return ExampleScores(
        np.where(same, 1.0, chrf(characters) / 100).tolist(),
        "chrF of a text, 0 to 1",
        true=true,
        predicted=predicted,
        intervals=of_sums(lambda: counts, counts.shape, figures) | of_means(each),
    )


TEXTS = TextMeasure(text_metrics, text_scores)


class TextCodec:
    """Texts to write, by a tokenizer; of more than `max_length` tokens the first are learned."""

    def __init__(self, tokenizer: Any, max_length: int) -> None:
        self.tokenizer = tokenizer
        self.max_length = max_length

    def encode(self, example: Example) -> EncodedText:
        """The tokens of the text, and the text itself, for metrics. Raises `DataError` without a text."""
        text: Any = example.target
        if not isinstance(text, str):
            raise DataError(f"{example.id}: {text!r} is not a text")
        options = {"truncation": True, "max_length": self.max_length}
        ids = self.tokenizer(text_target=text, **options)["input_ids"]
        return torch.tensor(ids or [self.tokenizer.eos_token_id], dtype=torch.int32), text

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """How many texts are cut."""
        words = f"texts to write have more than {self.max_length} tokens (generation.max_new_tokens)"
        return too_long(self.lengths(examples), self.max_length, f"{words}: the rest is cut off")

    def lengths(self, examples: Sequence[Example]) -> list[int]:
        """The tokens of each text, with those that would be cut."""
        texts = [str(example.target) for example in examples if example.target is not None]
        return list(map(len, self.tokenizer(text_target=texts, verbose=False)["input_ids"])) if texts else []

    def collate(self, targets: Sequence[EncodedText]) -> dict[str, Any]:
        """`labels`, int64 (B, longest), -100 behind the end of each; and the `texts`."""
        rows = [ids.long() for ids, _ in targets]
        labels = pad_sequence(rows, batch_first=True, padding_value=IGNORED)
        return {"labels": labels, "texts": [text for _, text in targets]}

    def metrics(self) -> dict[str, Metric]:
        """See `text_metrics`."""
        return TEXTS.metrics()

    def measured(self, outputs: Tensor, targets: Any) -> tuple[list[str], list[str]]:
        """What the metrics compare: the texts of the token ids (B, T), and the whole targets."""
        return self.texts(outputs), targets["texts"]

    def outcomes(self, predicted: list[str], true: list[str]) -> Outcomes:
        """The texts."""
        return Outcomes(list(predicted), list(true))

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """See `text_scores`."""
        return TEXTS.example_scores(outcomes, metrics)

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        """The texts of the token ids (B, T)."""
        return [Prediction(id_, text) for id_, text in zip(ids, self.texts(outputs), strict=True)]

    def texts(self, ids: Tensor) -> list[str]:
        """The texts of token ids (B, T), without special tokens and the space around."""
        texts = self.tokenizer.batch_decode(
            ids.tolist(), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return [text.strip() for text in texts]
