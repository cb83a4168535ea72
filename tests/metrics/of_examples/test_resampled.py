"""Figures of resamples are those of the metrics, of each resample for itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch

from ftcli.metrics.confusion import Confusion
from ftcli.metrics.entities import Entities, counts_of_each
from ftcli.metrics.moments import Moments
from ftcli.metrics.multi_label import MultiLabel
from ftcli.metrics.of_examples import resampled
from ftcli.metrics.overlap import Overlap
from ftcli.metrics.pair_counts import counts_of_each as pixels_of_each
from ftcli.metrics.ranking import Spearman
from ftcli.metrics.translation import Translation, bleu_counts, chrf_counts
from ftcli.metrics.word_errors import WordErrors, edit_counts

CLASSES = ("a", "b", "c", "d")
RESAMPLES, EXAMPLES = 6, 12
DRAWN = np.random.default_rng(0).integers(EXAMPLES, size=(RESAMPLES, EXAMPLES))
COUNTS = np.stack([np.bincount(one, minlength=EXAMPLES) for one in DRAWN]).astype(np.float64)


def same(found: Mapping[str, np.ndarray], metrics: list[dict[str, float]]) -> None:
    for name in metrics[0]:
        assert found[name] == pytest.approx([one[name] for one in metrics], rel=1e-9), name


def logits(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(EXAMPLES, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_of_one_class_each() -> None:
    outputs, targets = logits(0, 4), logits(1, 4).argmax(dim=1)
    predicted, true = np.eye(4)[outputs.argmax(dim=1).numpy()], np.eye(4)[targets.numpy()]
    metrics = []
    for one in torch.from_numpy(DRAWN):
        metric = Confusion(CLASSES)
        metric.update(outputs[one], targets[one])
        metrics.append({name: value for name, value in metric.compute().items() if name != "accuracy"})
    same(resampled.per_class(COUNTS @ np.concatenate([predicted * true, predicted, true], axis=1)), metrics)


def test_of_several_classes_each() -> None:
    outputs, targets = logits(0, 4), (logits(1, 4) > 0).double()
    predicted, true = (outputs >= 0).double().numpy(), targets.numpy()
    metrics = []
    for one in torch.from_numpy(DRAWN):
        metric = MultiLabel(CLASSES)
        metric.update(outputs[one], targets[one])
        metrics.append({name: value for name, value in metric.compute().items() if name != "exact_match"})
    same(resampled.per_class(COUNTS @ np.concatenate([predicted * true, predicted, true], axis=1)), metrics)


def test_of_pixels_some_of_which_do_not_count() -> None:
    outputs, targets = logits(0, 4, 3, 3), logits(1, 4, 3, 3).argmax(dim=1) - 1
    statistics = pixels_of_each(outputs.argmax(dim=1), targets, 4).reshape(EXAMPLES, -1).double().numpy()
    metrics = []
    for one in torch.from_numpy(DRAWN):
        metric = Overlap(CLASSES)
        metric.update(outputs[one], targets[one])
        metrics.append(metric.compute())
    same(resampled.overlap(COUNTS @ statistics), metrics)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_of_numbers(offset: float) -> None:
    outputs, targets = (1.0 + logits(0)).round(decimals=1) + offset, logits(1).round(decimals=1) + offset
    sums = resampled.number_sums(outputs.numpy(), targets.numpy())
    metrics, ranks = [], []
    for one in torch.from_numpy(DRAWN):
        metric, other = Moments(), Spearman()
        metric.update(outputs[one], targets[one])
        other.update(outputs[one], targets[one])
        metrics.append(metric.compute())
        ranks.append(other.compute())
    found = resampled.errors(COUNTS @ sums)
    for name in metrics[0]:
        assert found[name] == pytest.approx([one[name] for one in metrics], rel=1e-6), name
    same(resampled.spearman(outputs.numpy(), targets.numpy())(COUNTS), ranks)


def test_of_entities() -> None:
    names = ("B-x", "I-x", "B-y", "I-y", "O")
    predicted, true = (
        [[names[tag] for tag in row] for row in logits(seed, 7, 5).argmax(dim=2).tolist()] for seed in (0, 1)
    )
    true = [[tag if place % 2 else other for place, (tag, other) in enumerate(zip(*pair, strict=True))]
            for pair in zip(true, predicted, strict=True)]  # fmt: skip
    metrics = []
    for drawn in DRAWN.tolist():
        metric = Entities.of(names)
        metric.update([predicted[index] for index in drawn], [true[index] for index in drawn])
        metrics.append(metric.compute())
    same(resampled.tagged(COUNTS @ counts_of_each(predicted, true, metric.scheme)), metrics)


TRUE = [
    "the cat sat on the mat", "a dog", "It rains today, as it did yesterday.", "no", "good film", "one two three four",
    "the quick brown fox jumps", "", "Straße und Häuser", "a b c d e f", "x", "the end of the story is here",
]  # fmt: skip
SAID = [
    "the cat sat on a mat", "dog", "It rains as it did yesterday.", "yes", "good film", "one two four three",
    "a quick brown fox", "something", "Strasse und Häuser", "a b d c e f", "", "the end of the story is near",
]  # fmt: skip


def test_of_texts() -> None:
    metrics = []
    for drawn in DRAWN.tolist():
        metric = Translation()
        metric.update([SAID[index] for index in drawn], [TRUE[index] for index in drawn])
        metrics.append(metric.compute())
    found = {
        "bleu": resampled.bleu(COUNTS @ bleu_counts(SAID, TRUE)),
        "chrf": resampled.chrf(COUNTS @ chrf_counts(SAID, TRUE)),
    }
    same(found, metrics)


@pytest.mark.parametrize(("said", "true"), [(["a"], ["b"]), (["a"], ["a"]), ([""], ["a b"]), (["a"], [""])])
def test_of_a_text_that_has_few_words(said: list[str], true: list[str]) -> None:
    metric = Translation()
    metric.update(said, true)
    found = {"bleu": resampled.bleu(bleu_counts(said, true)), "chrf": resampled.chrf(chrf_counts(said, true))}
    same(found, [metric.compute()])


def test_of_transcripts() -> None:
    rows = [edit_counts([said], [true]) for said, true in zip(SAID, TRUE, strict=True)]
    metrics = []
    for drawn in DRAWN.tolist():
        metric = WordErrors()
        metric.update([SAID[index] for index in drawn], [TRUE[index] for index in drawn])
        metrics.append(metric.compute())
    statistics = np.array(rows, dtype=np.float64).reshape(EXAMPLES, 4)
    same(resampled.ratios(("wer", "cer"))(COUNTS @ statistics), metrics)
