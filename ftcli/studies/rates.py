"""`ftcli lr`: which learning rates make sense for a training, by sweeps; nothing of the training is changed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.config.measured import with_usual
from ftcli.config.schema import Experiment
from ftcli.report.chart import Band, Chart, Series
from ftcli.report.curves import svg_of
from ftcli.runs.probing.head import before_a_step
from ftcli.runs.session import prepare
from ftcli.runs.settling import rules
from ftcli.runs.settling.bracket import Curve, median
from ftcli.runs.settling.rate import FoundRate, found_rate
from ftcli.runs.settling.settle import check, settle
from ftcli.runs.settling.sweep import sweeps
from ftcli.studies.folder import kept_in
from ftcli.system import durable
from ftcli.training.distributed.group import Group

JSON, SVG = "lr.json", "lr.svg"
# Of the span between start and lowest loss, how far above the start a curve is shown.
ABOVE = 0.5


@dataclass(frozen=True, slots=True)
class RateStudy:
    """What the sweeps say, and how long they took."""

    found: FoundRate
    seconds: float

    @property
    def curves(self) -> list[Curve]:
        """The sweeps, by the rate of the head; where most of them end, all do."""
        usual = self.found.usual["lr"]
        return [Curve(one.factors * usual, one.losses) for one in self.found.swept.curves]

    def median(self) -> Curve:
        """The median of the sweeps, smoothed, without what is far above the start, but with all that is suggested."""
        middle = median(self.curves)
        means = rules.smoothed(middle.losses)
        start = float(means[: min(5, len(means))].mean())
        shown = means <= start + ABOVE * max(start - float(means.min()), 0.2 * abs(start), 1e-9)
        most = max(self.found.lr, self.found.rate(self.found.bracket.high or 0.0))
        last = max(int(np.flatnonzero(shown)[-1]), int(np.searchsorted(middle.factors, most))) + 1
        return Curve(middle.factors[:last], np.minimum(means[:last], means[shown].max()))

    def write_key(self) -> str | None:
        """What to write into the YAML; None where the rate that is there stays."""
        if self.found.bracket.suggestion == 1:
            return None
        values = ", ".join(f"{key}: {value:g}" for key, value in self.found.options().items())
        return f"optimizer: {{{values}}}"

    def document(self) -> dict[str, Any]:
        """All of it as JSON; rates are those of the head."""
        found, rate_of = self.found.bracket, self.found.rate
        rate = {
            name: None if (factor := getattr(found, name)) is None else rate_of(factor)
            for name in ("low", "high", "turns", "diverges", "valley", "steep")
        }
        return {
            "usual": dict(self.found.usual),
            "suggestion": self.found.options(),
            "write": self.write_key(),
            **rate,
            "spread": [*map(rate_of, found.spread)],
            "warning": found.warning,
            "reason": self.found.reason(),
            "seconds": round(self.seconds, 1),
            "curves": [
                {
                    "lr": curve.factors.tolist(),
                    "loss": [loss if np.isfinite(loss) else None for loss in curve.losses],
                }
                for curve in self.curves
            ],
        }

    def svg(self) -> str:
        """The sweeps, their median, the bracket and the suggestion."""
        middle, found, rate = self.median(), self.found.bracket, self.found.rate
        top = float(middle.losses.max())
        series = [
            Series("", _points(curve, len(middle.factors), top), 1, "faint") for curve in self.curves
        ] + [Series("median", _points(middle, len(middle.factors), top), 0)]
        first, last = middle.factors[0], middle.factors[-1]
        ends = [
            first if found.low is None else rate(found.low),
            last if found.high is None else rate(found.high),
        ]
        left, right = (float(min(max(end, first), last)) for end in ends)
        mark = (self.found.lr, f"{self.found.lr:.3g}")
        return svg_of(
            [
                Chart(
                    "Loss of a step",
                    "learning rate",
                    series,
                    (Band("bracket", left, right),),
                    mark,
                    powers=True,
                )
            ]
        )

    def write(self, folder: Path) -> list[Path]:
        """Write the document and the chart; the paths. Raises `RunError` where the folder cannot be written."""
        files = {JSON: json.dumps(self.document(), indent=2) + "\n", SVG: self.svg()}
        with kept_in(folder):
            durable.make(folder)
            for name, text in files.items():
                durable.write_text(folder / name, text)
        return [folder / name for name in files]


def _points(curve: Curve, last: int, top: float) -> list[tuple[float, float]]:
    pairs = zip(curve.factors[:last], curve.losses[:last], strict=True)
    return [(float(rate), min(float(loss), top)) for rate, loss in pairs if np.isfinite(loss)]


def study_rates(
    experiment: Experiment, name: str, watch: Callable[[str, int, int], None] = lambda what, done, total: None
) -> RateStudy:
    """Sweep over the rates of an experiment, whether it asks for that or has rates; a batch that is `auto` is measured.

    Raises what `settle` raises.
    """
    begun = time.monotonic()
    check(experiment)
    rated = with_usual(experiment)
    batch = settle(replace(rated, data=experiment.data), name, Group(), watch=watch).experiment
    session = before_a_step(prepare(batch))
    if session.experiment.training.epochs == 0:
        problem = "no step is taken, so no learning rate is needed"
        raise experiment.places.error("training.epochs", problem)
    swept = sweeps(session, watch=lambda done, total: watch(f"{name}: sweep of rates", done, total))
    return RateStudy(found_rate(session, swept), time.monotonic() - begun)
