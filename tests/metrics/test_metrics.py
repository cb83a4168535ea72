"""Promises that every metric keeps: parts merge to the whole, nothing counts as nothing."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np
import pytest

import ftcli.metrics
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
from tests.metrics.samples import (
    NAMES,
    boxes,
    multi,
    numbers,
    scored,
    segmented,
    single,
    spectrograms,
    tagged,
    texts,
    tokens,
)

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


def metrics_of_the_room() -> set[type]:
    """The classes of all modules that are metrics, but those that others derive from."""
    modules = [import_module(f"ftcli.metrics.{one.name}") for one in iter_modules(ftcli.metrics.__path__)]
    values = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    return {value for value in values if hasattr(value, "thorough") and not value.__subclasses__()}


def test_every_metric_of_the_room_is_tested_here() -> None:
    assert metrics_of_the_room() == {type(make()) for make, _ in MAKERS.values()}


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


@pytest.mark.parametrize("name", ["confusion", "top5", "multi-label", "moments", "overlap", "perplexity"])
def test_an_update_of_a_running_sum_never_waits_for_the_device(name: str) -> None:
    make, data = MAKERS[name]
    outputs, targets = data()
    make().update(outputs.to("meta"), targets.to("meta"))  # has no values, so to read one is an error


def test_the_libraries_are_imported_only_where_they_score() -> None:
    code = (
        "import sys, ftcli.metrics as room; from importlib import import_module; from pkgutil import iter_modules\n"
        "for one in iter_modules(room.__path__): import_module(f'ftcli.metrics.{one.name}')\n"
        "assert not {'sacrebleu', 'rouge_score', 'nltk', 'jiwer', 'pycocotools'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
