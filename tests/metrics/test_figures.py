from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest
import torch

from ftcli.contracts.target_kinds import KINDS
from ftcli.metrics.average_precision import MeanAveragePrecision
from ftcli.metrics.confusion import Confusion
from ftcli.metrics.entities import Entities
from ftcli.metrics.figures import lower_is_better, standard_error
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


def test_the_names_are_those_that_the_metrics_give() -> None:
    logits, classes = torch.eye(6), torch.arange(6)
    hot = torch.eye(6)
    numbers = torch.arange(6.0)
    given: dict[str, set[str]] = {kind: set() for kind in KINDS}
    cases: tuple[tuple[str, Any, Any, Any], ...] = (
        ("single-label", Confusion("abcdef"), logits, classes),
        ("single-label", TopK(), logits, classes),
        ("single-label", AUROC(), logits, classes),
        ("multi-label", MultiLabel("abcdef"), logits - 0.5, hot),
        ("multi-label", AUROC(), logits, hot),
        ("number", Moments(), numbers, numbers),
        ("number", Spearman(), numbers, numbers),
        ("boxes", MeanAveragePrecision("abc"), *boxes()),
        ("mask", Overlap("abcdefg"), *segmented()),
        ("tags", Entities(), *tagged()),
        ("text", Translation(), *texts()),
        ("text", Rouge(), *texts()),
        ("transcript", WordErrors(), *texts()),
        ("tokens", Perplexity(), *tokens()),
        ("speech", SpectralDistance(), *spectrograms()),
    )
    for kind, metric, outputs, targets in cases:
        metric.update(outputs, targets)
        given[kind] |= set(metric.compute())
    assert given == {kind: {*row.figures, *row.thorough_figures} for kind, row in KINDS.items()}


def test_the_default_figure_is_one_of_the_target() -> None:
    for row in KINDS.values():
        assert row.figure in {"loss", *row.figures, *row.thorough_figures}


@pytest.mark.parametrize(
    "name", ["loss", "mse", "rmse", "mae", "wer", "cer", "perplexity", "spectrogram_distance", "mcd"]
)
def test_errors_are_better_lower(name: str) -> None:
    assert lower_is_better(name)


@pytest.mark.parametrize(
    "name",
    [
        *("accuracy", "f1_macro", "auroc", "r2", "pearson", "spearman", "exact_match"),
        *("map", "miou", "f1_micro", "bleu", "rougeL", "token_accuracy"),
    ],
)
def test_scores_are_better_higher(name: str) -> None:
    assert not lower_is_better(name)


def test_the_standard_error_of_a_proportion_is_binomial() -> None:
    assert standard_error("accuracy", 0.8, 100) == pytest.approx(0.04)
    assert standard_error("top5_accuracy", 0.5, 4) == 0.25
    assert math.isclose(standard_error("exact_match", 1.0, 10), 0.0)


def test_other_figures_have_no_standard_error() -> None:
    assert standard_error("mse", 0.5, 100) == standard_error("f1_macro", 0.5, 100) == 0.0
    assert standard_error("accuracy", 0.5, 0) == 0.0


def test_names_are_known_without_torch() -> None:
    code = (
        "import sys, ftcli.metrics.figures, ftcli.losses, ftcli.tasks; "
        "assert not {'torch', 'sklearn', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
