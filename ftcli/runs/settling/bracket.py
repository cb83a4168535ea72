"""The rates that make sense, by sweeps: pure functions of curves, in factors of the usual rates.

The usual rate of a family of networks is a measurement on many data sets, a sweep of some hundred steps is one on these
data. So the usual rate stays wherever the curves do not contradict it: it is moved to the nearer end of a bracket.

- The lower end follows from the length of the training. Until its loss has done half of its fall, the rates of a sweep
  add up to some sum; a training whose rates add up to less over all its steps ends before it has learned.
- The upper end is a third of where the loss has turned and risen again by a tenth of its fall, and at most a tenth of
  where it has diverged: a sweep is at each rate for one step, a training for hundreds.

An end that is within the noise of a sweep from the usual rate is not told from it, and is moved there. So a suggestion
is always within the bracket, unless it is not followed, of which there is a warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftcli.runs.settling import rules
from ftcli.runs.settling.rules import Values

# Steps at rates so small that the loss stands still, by which its start and noise are known.
STILL = 15
# The loss at which a sweep has diverged: so many times the most that it has fallen, or its noise, above the start.
DROPS, NOISES = 3.0, 6.0
# A suggestion farther from the usual rate than this is not believed.
FARTHEST = 30.0
# One that is closer is as good as the usual rate: the noise of a sweep is of this size.
CLOSEST = 2.0
# The loss at which a sweep has turned: so much of its fall above its lowest, or more than its noise.
TURNED, TURN_NOISES = 0.1, 3.0
# Both are at least these shares of the first loss above it: where the head starts from an exact probe, nothing falls.
DIVERGED_SHARE, TURNED_SHARE = 0.5, 0.1
BELOW_TURN, BELOW_DIVERGED = 3.0, 10.0


@dataclass(frozen=True, slots=True)
class Curve:
    """The losses (n) of the steps of one sweep, and the factor (n) of each; shorter than planned where it diverged."""

    factors: Values
    losses: Values


@dataclass(frozen=True, slots=True)
class Bracket:
    """Factors of the usual rates: what a training should be within, what is suggested, and what curves say."""

    suggestion: float
    # None where the curve does not say: the loss did not fall, or did not rise again. They are in order: where what is
    # learned needs a rate at which the loss has turned, both are between.
    low: float | None
    high: float | None
    turns: float | None
    diverges: float | None
    valley: float
    steep: float
    # Of what the median and each sweep alone suggest: how far the suggestion may be trusted.
    spread: tuple[float, float]
    # Why a suggestion was not followed, and the usual rate stays.
    warning: str | None = None


def bracket(curves: Sequence[Curve], travel: float) -> Bracket:
    """What the median of the curves says for a training whose factors add up to `travel` over its steps."""
    found = _bracket(median(curves), travel)
    suggested = [found.suggestion, *(_bracket(curve, travel).suggestion for curve in curves)]
    spread = (min(suggested), max(suggested))
    if 1 / FARTHEST <= found.suggestion <= FARTHEST:
        return _with(found, found.suggestion, spread, None)
    words = f"the sweep suggests {found.suggestion:.2g} times the usual rate"
    return _with(
        found, 1.0, spread, f"{words}, which is more than {FARTHEST:g} times away, so the usual one stays"
    )


def _with(found: Bracket, suggestion: float, spread: tuple[float, float], warning: str | None) -> Bracket:
    ends = (found.low, found.high, found.turns, found.diverges, found.valley, found.steep)
    return Bracket(suggestion, *ends, spread, warning)


def median(curves: Sequence[Curve]) -> Curve:
    """The median loss at each factor, the lower of the middle two, up to the first that is infinite."""
    longest = max(curves, key=lambda curve: len(curve.factors))
    losses = np.full((len(curves), len(longest.factors)), np.inf)
    for row, curve in zip(losses, curves, strict=True):
        row[: len(curve.losses)] = curve.losses
    middle = np.sort(losses, axis=0)[(len(curves) - 1) // 2]
    last = int(np.isfinite(middle).sum()) + 1
    return Curve(longest.factors[:last], middle[:last])


def limit(losses: Values) -> float:
    """The loss above which a sweep has diverged."""
    start, noise = _start(losses)
    means = rules.smoothed(losses)
    return start + max(DROPS * (start - float(means.min())), NOISES * noise, DIVERGED_SHARE * abs(start))


def diverged(losses: Sequence[float]) -> bool:
    """Whether the last losses of a sweep are above the limit, or the last is not a number."""
    if not np.isfinite(losses[-1]):
        return True
    return len(losses) > STILL + 3 and float(np.mean(losses[-3:])) > limit(np.array(losses))


def _start(losses: Values) -> tuple[float, float]:
    """The loss before anything is learned, and how far the means of some steps are from it by chance."""
    still = losses[:STILL][np.isfinite(losses[:STILL])]
    if not len(still):
        return 0.0, 0.0
    return float(still.mean()), float(rules.smoothed(still).std())


def _bracket(curve: Curve, travel: float) -> Bracket:
    factors, losses = curve.factors, curve.losses
    means = rules.smoothed(losses)
    start, noise = _start(losses)
    lowest = int(means.argmin())
    drop = start - float(means[lowest])
    fell = drop > max(4 * noise, 1e-3 * abs(start))
    low = _half_way(factors, means, start - drop / 2) / travel if fell else None
    risen = max(TURNED * drop, TURN_NOISES * noise, TURNED_SHARE * abs(start))
    turns = _first(factors, means > means[lowest] + risen, lowest)
    diverges = _first(factors, ~np.isfinite(losses) | (means > limit(losses)), STILL)
    ends = [turns and turns / BELOW_TURN, diverges and diverges / BELOW_DIVERGED]
    high = min((end for end in ends if end), default=None)
    found = _nearest(low, high)
    if low is not None and high is not None:
        low, high = sorted((low, high))
    if found == 1:
        low, high = low and min(low, 1.0), high and max(high, 1.0)
    return Bracket(
        found,
        low,
        high,
        turns,
        diverges,
        rules.valley(factors, means),
        rules.steep(factors, means),
        (found, found),
    )


def _half_way(factors: Values, means: Values, loss: float) -> float:
    """The sum of the factors up to the first step at which the loss is so low."""
    return float(factors[: int((means <= loss).argmax()) + 1].sum())


def _first(factors: Values, wanted: NDArray[np.bool_], after: int) -> float | None:
    """The first factor after a step for which something holds, if any."""
    places = np.flatnonzero(wanted[after:])
    return float(factors[after + int(places[0])]) if len(places) else None


def _nearest(low: float | None, high: float | None) -> float:
    """The usual rate, 1, or what is nearest to it in the bracket, above twice the lower end as far as there is room.

    The middle of both ends where they contradict each other.
    """
    least, most = low or 0.0, np.inf if high is None else high
    middle = np.sqrt(least * most) if least else 0.0
    found = middle if least > most else min(max(1.0, min(2 * least, middle)), most)
    return 1.0 if 1 / CLOSEST <= found <= CLOSEST else float(found)
