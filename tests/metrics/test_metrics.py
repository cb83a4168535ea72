from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr, spearmanr
from sklearn import metrics as sk
from torch import Tensor

from ftcli.metrics import METRICS
from ftcli.metrics.average_precision import MeanAveragePrecision
from ftcli.metrics.confusion import Confusion
from ftcli.metrics.entities import Entities
from ftcli.metrics.moments import Moments
from ftcli.metrics.multi_label import MultiLabel
from ftcli.metrics.overlap import Overlap
from ftcli.metrics.perplexity import Perplexity
from ftcli.metrics.ranking import AUROC, Spearman
from ftcli.metrics.rouge import Rouge
from ftcli.metrics.spectral import SpectralDistance
from ftcli.metrics.topk import TopK
from ftcli.metrics.translation import Translation
from ftcli.metrics.word_errors import WordErrors
from tests.metrics.samples import boxes, segmented, spectrograms, tagged, texts, tokens

NAMES = tuple("abcdefg")
MACRO = ("precision_macro", "recall_macro", "f1_macro")
ROWS = 40


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


# ----------------------------------------------------------------------------------------------- single label


def test_confusion_agrees_with_scikit_learn() -> None:
    logits, targets = single()
    confusion = Confusion(NAMES)
    figures = scored(confusion, logits, targets)
    said = logits.argmax(1)
    assert figures.pop("accuracy") == sk.accuracy_score(targets, said)
    macro = sk.precision_recall_fscore_support(targets, said, average="macro", zero_division=0)[:3]
    assert figures == pytest.approx(dict(zip(MACRO, macro, strict=True)), abs=1e-15)
    expected = sk.confusion_matrix(targets, said, labels=range(7))
    np.testing.assert_array_equal(confusion.matrix.numpy(), expected)


def test_the_table_has_a_row_for_each_class() -> None:
    logits, targets = single()
    confusion = Confusion(NAMES)
    confusion.update(logits, targets)
    columns = sk.precision_recall_fscore_support(targets, logits.argmax(1), labels=range(7), zero_division=0)
    rows = confusion.table()
    assert [row["class"] for row in rows] == list(NAMES)
    for name, column in zip(("precision", "recall", "f1", "support"), columns, strict=True):
        assert [row[name] for row in rows] == pytest.approx(column.tolist(), abs=1e-15)
    assert rows[6]["support"] == 0


def test_a_class_that_does_not_occur_is_not_averaged() -> None:
    perfect = scored(Confusion(NAMES), torch.eye(7)[:2], torch.tensor([0, 1]))
    assert perfect == {"accuracy": 1.0, "precision_macro": 1.0, "recall_macro": 1.0, "f1_macro": 1.0}


def test_top_k_agrees_with_scikit_learn() -> None:
    logits, targets = single()
    expected = sk.top_k_accuracy_score(targets, logits, k=5, labels=range(7))
    assert scored(TopK(), logits, targets) == {"top5_accuracy": expected}


def test_auroc_agrees_with_scikit_learn_where_every_class_occurs() -> None:
    logits, targets = single()
    logits, targets = logits.double()[:, :6], torch.cat([targets[:-6], torch.arange(6)])
    expected = sk.roc_auc_score(targets, logits.softmax(1), multi_class="ovr", average="macro")
    assert scored(AUROC(), logits, targets) == pytest.approx({"auroc": expected})


def test_auroc_of_two_classes_is_the_usual_one() -> None:
    logits, targets = normal(ROWS, 2).double(), torch.arange(ROWS) % 2
    expected = sk.roc_auc_score(targets, logits.softmax(1)[:, 1])
    assert scored(AUROC(), logits, targets) == pytest.approx({"auroc": expected})


def test_auroc_leaves_out_an_absent_class() -> None:
    logits, targets = single()
    scores = logits.double().log_softmax(1)
    areas = [sk.roc_auc_score(targets == c, scores[:, c]) for c in range(6)]
    assert scored(AUROC(), logits, targets) == pytest.approx({"auroc": np.mean(areas)})


# ------------------------------------------------------------------------------------------------ many labels


def test_multi_label_agrees_with_scikit_learn() -> None:
    logits, targets = multi()
    metric = MultiLabel(NAMES)
    figures = scored(metric, logits, targets)
    truth, said = targets.numpy().astype(int), (logits.sigmoid() >= 0.5).numpy().astype(int)
    assert figures.pop("exact_match") == sk.accuracy_score(truth, said) > 0
    expected: dict[str, float] = {}
    for average in ("micro", "macro"):
        found = sk.precision_recall_fscore_support(truth, said, average=average, zero_division=0)
        expected |= {
            f"{name}_{average}": value
            for name, value in zip(("precision", "recall", "f1"), found, strict=False)
        }
    assert figures == pytest.approx(expected, abs=1e-15)
    columns = sk.precision_recall_fscore_support(truth, said, average=None, zero_division=0)
    for name, column in zip(("precision", "recall", "f1", "support"), columns, strict=True):
        assert [row[name] for row in metric.table()] == pytest.approx(column.tolist(), abs=1e-15)


def test_auroc_of_many_labels_agrees_with_scikit_learn() -> None:
    logits, targets = multi()
    expected = sk.roc_auc_score(targets, logits, average="macro")
    assert scored(AUROC(), logits, targets) == pytest.approx({"auroc": expected})


def test_examples_without_any_class_can_be_right() -> None:
    figures = scored(MultiLabel(NAMES), torch.full((3, 7), -1.0), torch.zeros(3, 7))
    assert figures == {"exact_match": 1.0, "precision_micro": 0.0, "recall_micro": 0.0, "f1_micro": 0.0}


# ---------------------------------------------------------------------------------------------------- numbers


def test_moments_agree_with_scikit_learn_and_scipy() -> None:
    outputs, targets = numbers()
    expected = {
        "mse": sk.mean_squared_error(targets, outputs),
        "rmse": sk.root_mean_squared_error(targets, outputs),
        "mae": sk.mean_absolute_error(targets, outputs),
        "r2": sk.r2_score(targets, outputs),
        "pearson": pearsonr(outputs, targets).statistic,
    }
    assert scored(Moments(), outputs, targets) == pytest.approx(expected, rel=1e-13)


def test_moments_survive_a_spread_that_is_tiny_beside_the_mean() -> None:
    outputs, targets = (values + 1e9 for values in numbers())
    metric = Moments()
    for start in range(0, ROWS, 7):
        metric.update(outputs[start : start + 7], targets[start : start + 7])
    small = scored(Moments(), outputs - 1e9, targets - 1e9)
    assert metric.compute() == pytest.approx(small, rel=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 12345.678])
def test_constant_targets_have_no_r2_and_constant_outputs_no_correlation(value: float) -> None:
    varied, constant = normal(9).double(), torch.full((9,), value, dtype=torch.float64)
    assert set(scored(Moments(), varied, constant)) == {"mse", "rmse", "mae"}
    assert set(scored(Moments(), constant, varied)) == {"mse", "rmse", "mae", "r2"}
    assert scored(Spearman(), varied, constant) == scored(Spearman(), constant, varied) == {}


def test_an_output_that_is_no_number_gives_no_figure() -> None:
    broken = torch.tensor([1.0, float("nan")])
    assert scored(Moments(), broken, torch.tensor([1.0, 2.0])) == {}
    assert scored(Spearman(), broken, torch.tensor([1.0, 2.0])) == {}


def test_spearman_agrees_with_scipy() -> None:
    outputs, targets = numbers()
    targets = targets.round()  # with ties
    expected = spearmanr(outputs, targets).statistic
    assert scored(Spearman(), outputs.unsqueeze(1), targets) == pytest.approx({"spearman": expected})


# --------------------------------------------------------------------------------------------- running scores

MAKERS: dict[str, tuple[Callable[[], Any], Callable[[], tuple[Any, Any]]]] = {
    "confusion": (lambda: Confusion(NAMES), single),
    "top5": (TopK, single),
    "multi-label": (lambda: MultiLabel(NAMES), multi),
    "moments": (Moments, numbers),
    "auroc": (AUROC, single),
    "spearman": (Spearman, numbers),
    "overlap": (lambda: Overlap(NAMES), segmented),
    "mean-average-precision": (lambda: MeanAveragePrecision(NAMES), boxes),
    "entities": (Entities, tagged),
    "translation": (Translation, texts),
    "rouge": (Rouge, texts),
    "word-errors": (WordErrors, texts),
    "perplexity": (Perplexity, tokens),
    "spectral-distance": (SpectralDistance, spectrograms),
}
ROUNDED = ("moments", "perplexity")  # sums of float64 over other batches; counts are integers


def test_every_metric_of_the_room_is_tested_here() -> None:
    assert set(MAKERS) == set(METRICS)
    for name, (make, _) in MAKERS.items():
        assert METRICS.load(name) is type(make())


@pytest.mark.parametrize("name", MAKERS)
def test_merged_halves_are_the_whole(name: str) -> None:
    make, data = MAKERS[name]
    outputs, targets = data()
    whole, left, right = make(), make(), make()
    whole.update(outputs, targets)
    left.update(outputs[:13], targets[:13])
    right.update(outputs[13:], targets[13:])
    before = copy.deepcopy(right).compute()
    left.merge(right)
    expected = pytest.approx(whole.compute(), rel=1e-14) if name in ROUNDED else whole.compute()
    assert left.compute() == expected
    assert right.compute() == before


@pytest.mark.parametrize("name", MAKERS)
def test_runs_of_batches_that_were_seen_apart_give_the_very_figures_of_the_whole(name: str) -> None:
    make, data = MAKERS[name]
    outputs, targets = data()
    whole, parts = make(), [make(), make(), make()]
    for number, start in enumerate(range(0, len(targets), 5)):
        batch = outputs[start : start + 5], targets[start : start + 5]
        whole.update(*batch)
        parts[min(number, 2)].update(*batch)
    merged = make()
    for part in parts:
        merged.merge(part)
    assert merged.compute() == whole.compute()


@pytest.mark.parametrize("name", MAKERS)
def test_an_empty_metric_has_no_figures_and_changes_nothing(name: str) -> None:
    make, data = MAKERS[name]
    empty, full = make(), make()
    assert empty.compute() == {}
    outputs, targets = data()
    full.update(outputs, targets)
    before = full.compute()
    full.update(outputs[:0], targets[:0])
    full.merge(make())
    assert full.compute() == before
    empty.merge(full)
    assert empty.compute() == before


@pytest.mark.parametrize("name", MAKERS)
def test_one_example_gives_only_finite_figures(name: str) -> None:
    make, data = MAKERS[name]
    outputs, targets = data()
    assert all(np.isfinite(list(scored(make(), outputs[:1], targets[:1]).values())))


def test_a_single_class_is_always_right() -> None:
    figures = scored(Confusion(("only",)), torch.zeros(3, 1), torch.zeros(3, dtype=torch.int64))
    assert set(figures.values()) == {1.0}
    assert scored(AUROC(), torch.zeros(3, 1), torch.zeros(3, dtype=torch.int64)) == {}


@pytest.mark.parametrize("name", ["confusion", "top5", "multi-label", "moments", "overlap", "perplexity"])
def test_an_update_of_a_running_sum_never_waits_for_the_device(name: str) -> None:
    make, data = MAKERS[name]
    outputs, targets = data()
    make().update(outputs.to("meta"), targets.to("meta"))  # has no values, so to read one is an error
