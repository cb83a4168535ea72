"""The figures of metrics as functions of sums, of many resamples at once: see `intervals.bootstrap`.

Each gives what the metric of its name computes, for every row of sums (B, K). NaN is what is not defined.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ftcli.metrics.intervals import Figures, Floats

Named = dict[str, Floats]


def per_class(sums: Floats) -> Named:
    """precision, recall and f1, _macro and _micro, as `PerClass`, of its three counts one after the other, (B, 3 C)."""
    hits, predicted, support = np.split(sums, 3, axis=1)
    shares = {
        "precision": (hits, predicted),
        "recall": (hits, support),
        "f1": (2 * hits, predicted + support),
    }
    occurs = predicted + support > 0
    macro = {f"{name}_macro": _mean(_share(*pair), occurs) for name, pair in shares.items()}
    return macro | {
        f"{name}_micro": _share(part.sum(axis=1), whole.sum(axis=1)) for name, (part, whole) in shares.items()
    }


def overlap(sums: Floats) -> Named:
    """miou and pixel_accuracy, as `Overlap`, of hits, predicted and true pixels by class (B, 3 C)."""
    hits, predicted, support = np.split(sums, 3, axis=1)
    union = predicted + support - hits
    pixels = support.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return {"miou": _mean(_share(hits, union), union > 0), "pixel_accuracy": hits.sum(axis=1) / pixels}


def tagged(sums: Floats) -> Named:
    """What `Entities` computes, of the sums of `entities.counts_of_each`."""
    return {**per_class(sums[:, :-2]), **ratios(("token_accuracy",))(sums[:, -2:])}


def bleu(sums: Floats) -> Floats:
    """As `Translation`, of sums of `translation.bleu_counts`: n-grams of 1 to 4 words, smoothed as sacreBLEU does."""
    shared, whole, (said, true) = sums[:, :4], sums[:, 4:8], sums[:, 8:].T
    with np.errstate(divide="ignore", invalid="ignore"):
        # The first n-grams of which none is right count as a half of one, the next as a quarter, ...
        missing = np.where((shared == 0) & (whole > 0), 1.0, 0.0)
        right = np.where(missing > 0, 0.5 ** np.cumsum(missing, axis=1), shared)
        logs = np.log(np.where(whole > 0, right / whole, 0.0)).mean(axis=1)
        brevity = np.where(said < true, np.exp(1.0 - true / said), 1.0)
        return np.where(shared.any(axis=1) & (said > 0), 100.0 * brevity * np.exp(logs), 0.0)


def chrf(sums: Floats) -> Floats:
    """As `Translation`, of the sums of `translation.chrf_counts`: F2 of the mean precision and recall."""
    shared, said, true = np.split(sums, 3, axis=1)
    there = (said > 0) & (true > 0)
    precision, recall = (_mean(_share(shared, whole), there) for whole in (said, true))
    with np.errstate(divide="ignore", invalid="ignore"):
        score = 100.0 * 5.0 * precision * recall / (4.0 * precision + recall)
    return np.nan_to_num(score)


def number_sums(outputs: Floats, targets: Floats) -> Floats:
    """What `errors` takes, of numbers (N,): (N, 8). They are centred, so that nothing cancels."""
    error = outputs - targets
    x, y = outputs - outputs.mean(), targets - targets.mean()
    return np.stack([np.ones_like(x), error**2, np.abs(error), x, y, x * x, y * y, x * y], axis=1)


def errors(sums: Floats) -> Named:
    """mse, rmse, mae, r2 and pearson, as `Moments`, of the sums of `number_sums`."""
    means = (sums / sums[:, :1]).T
    _, squared, absolute, x, y, xx, yy, xy = means
    with np.errstate(divide="ignore", invalid="ignore"):
        varies = np.maximum(yy - y * y, 0.0)
        spread = np.sqrt(np.maximum(xx - x * x, 0.0) * varies)
        return {
            "mse": squared,
            "rmse": np.sqrt(squared),
            "mae": absolute,
            "r2": 1.0 - squared / varies,
            "pearson": np.clip((xy - x * y) / spread, -1.0, 1.0),
        }


def spearman(outputs: Floats, targets: Floats) -> Figures:
    """spearman, as `Spearman`, of counts (B, N) of numbers (N,): each resample has ranks of its own."""
    places = [_Places(outputs), _Places(targets)]

    def correlation(counts: Floats) -> Named:
        total = counts.sum(axis=1, keepdims=True)
        x, y = (one.ranks(counts) for one in places)
        x, y = (ranks - (counts * ranks).sum(axis=1, keepdims=True) / total for ranks in (x, y))
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt((counts * x * x).sum(axis=1) * (counts * y * y).sum(axis=1))
            return {"spearman": (counts * x * y).sum(axis=1) / spread}

    return correlation


class _Places:
    """Numbers in their order, those that are equal together."""

    def __init__(self, values: Floats) -> None:
        self._order = np.argsort(values, kind="stable")
        _, self._starts, self._group = np.unique(values, return_index=True, return_inverse=True)
        self._starts = np.searchsorted(values[self._order], np.unique(values))

    def ranks(self, counts: Floats) -> Floats:
        """The mean rank of each number (B, N) among as many of each as `counts` (B, N) says."""
        equal = np.add.reduceat(counts[:, self._order], self._starts, axis=1)
        ranks: Floats = (np.cumsum(equal, axis=1) - (equal - 1) / 2)[:, self._group]
        return ranks


def ratios(names: tuple[str, ...]) -> Figures:
    """Figures that are one sum divided by another: those of `names` come first, and what they are divided by last."""

    def divided(sums: Floats) -> Named:
        parts, wholes = np.split(sums, 2, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return dict(zip(names, (parts / wholes).T, strict=True))

    return divided


def _share(part: Floats, whole: Floats) -> Floats:
    """Of nothing it is 0."""
    shares: Floats = part / np.maximum(whole, 1.0)
    return shares


def _mean(values: Floats, there: NDArray[np.bool_]) -> Floats:
    """The mean of each row, of what is there."""
    with np.errstate(invalid="ignore"):
        means: Floats = np.where(there, values, 0.0).sum(axis=1) / there.sum(axis=1)
    return means
