"""By how much a figure may differ before another training: by other seeds of the same experiment, or its interval."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ftcli.errors import RunError, counted
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import flat
from ftcli.ship.reproducing.claim import Claim

# Folders beside the run in which other seeds are looked for.
_MOST_RUNS = 500
# What may differ between two runs that are the same experiment with other seeds.
_FREE = (
    "training.seed",
    "output",
    "training.log_every",
    "training.save_",
    "training.keep_state",
    "data.workers",
)
# Where nothing is known: so much of the figure itself.
_UNKNOWN = 0.01


@dataclass(frozen=True, slots=True)
class Expected:
    """The most that a figure may differ, and where that is from."""

    most: float
    words: str


def expected(claim: Claim, split: str) -> Expected:
    """What is expected of the watched figure of a split: two standard deviations over seeds, or half its interval."""
    values = dict(_of_seeds(claim, split))
    deviation = statistics.stdev(values.values()) if len(values) > 1 else 0.0
    # Seeds that all give the same say nothing.
    if deviation:
        return Expected(2 * deviation, f"from {counted(len(values), 'seed')}: sd {deviation:.4f}")
    low, high = _interval(claim, split)
    if low is not None and high is not None:
        return Expected((high - low) / 2, f"interval {low:.4f} to {high:.4f}; other seeds are not here")
    value = claim.figures.get(split, {}).get(claim.metric, math.nan)
    return Expected(
        _UNKNOWN * max(abs(value), 1e-6), "not known: no other seeds, no interval; 1 % is allowed"
    )


def _of_seeds(claim: Claim, split: str) -> Iterator[tuple[int, float]]:
    """The figure by seed, of all runs of the same experiment in the same folder, this one first."""
    run = claim.run
    own = claim.figures.get(split, {}).get(claim.metric)
    if run is None or own is None:
        return
    wanted = _settings(run)
    found = {claim.experiment.training.seed: float(own)}
    for folder in islice(_neighbours(run.path), _MOST_RUNS):
        other = RunDirectory(folder)
        settings = _settings(other)
        if settings is None or settings != wanted:
            continue
        try:
            summary = other.summary()
            value = summary[split][claim.metric]
            seed = other.environment()["experiment"]["training"]["seed"]
        except (RunError, KeyError, TypeError):
            continue
        if isinstance(seed, int) and isinstance(value, int | float):
            found.setdefault(seed, float(value))
    yield from found.items()


def _neighbours(path: Path) -> Iterator[Path]:
    here = path.absolute()
    try:
        yield from sorted(
            one for one in here.parent.iterdir() if one != here and (one / "summary.json").is_file()
        )
    except OSError:
        return


def _settings(run: RunDirectory) -> Mapping[str, Any] | None:
    """What a run was trained by, but for its seed; None where that is not known."""
    experiment = run.environment().get("experiment")
    if not isinstance(experiment, Mapping):
        return None
    return {key: value for key, value in flat(experiment) if not key.startswith(_FREE)}


def _interval(claim: Claim, split: str) -> tuple[float | None, float | None]:
    kept = claim.recorded("interval")
    if not isinstance(kept, Mapping) and claim.run is not None:
        outcomes = claim.run.outcomes()
        kept = {"split": outcomes.get("split"), **outcomes.get("figures", {}).get(claim.metric, {})}
    if not isinstance(kept, Mapping) or kept.get("split") != split:
        return None, None
    low, high = kept.get("low"), kept.get("high")
    return (low, high) if isinstance(low, float) and isinstance(high, float) else (None, None)
