"""The probe of a training in words: what it scores before, and whether it was beaten at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ftcli.cli.estimate import duration
from ftcli.cli.figures import shown_number

if TYPE_CHECKING:
    from ftcli.cli.screen import Screen
    from ftcli.runs.probing.baseline import Baseline
    from ftcli.runs.session import Session

_LINEAR = "without model.head.hidden the head would start from it"


def computing(screen: Screen) -> Callable[[int, int], None]:
    """Shows how many of the features that the probe needs are computed."""
    return lambda done, total: screen.doing(f"features for the probe: {done:,} of {total:,} examples ...")


def before(session: Session) -> str | None:
    """What the plan says of the probe; None where there is none."""
    from ftcli.runs.probing.baseline import Baseline

    probe = session.probe
    if not isinstance(probe, Baseline) or probe.metric not in probe.held_out:
        return None
    held_out = _figure(probe, probe.held_out, probe.units)
    return f"{held_out} on held-out training examples after {duration(probe.seconds)}; {_head(probe)}"


def scored(session: Session, figures: Mapping[str, float]) -> str:
    """The line of the probe on the validation split."""
    probe: Baseline = session.probe  # type: ignore[assignment]
    shown = _figure(probe, figures, len(session.splits.val or ()))
    return f"probe  {shown} on validation after {duration(probe.seconds)}; {_head(probe)}"


def after(summary: Mapping[str, Any]) -> str | None:
    """Whether training was better than the probe, by summary.json; None where there is no probe."""
    probe, metric = summary.get("probe", {}), summary["metric"]
    if (value := probe.get("val", {}).get(metric)) is None:
        return None
    words = f"val {metric} {shown_number(value)}"
    if probe["kept"]:
        return f"{words}: it was kept{', training was not better' if summary['epochs'] else ''}"
    ours, sign = summary["val"][metric], -1 if summary["lower_is_better"] else 1
    gained = sign * (ours - value)
    if gained < 0:
        return f"{words}; better than {shown_number(ours)} of the training: {_LINEAR}"
    if gained > 0:
        return f"{words}; training has {shown_number(ours)}"
    lower = summary["val"].get("loss", math.inf) < probe["val"].get("loss", -math.inf)
    return f"{words}; training has the same{', with a lower loss' if lower else ''}"


def _head(probe: Baseline) -> str:
    if not probe.linear:
        return "a baseline only: the head has hidden layers"
    return (
        "the head starts from it"
        if probe.starts
        else "kept unless training, which has much to gain, is better"
    )


def _figure(probe: Baseline, figures: Mapping[str, float], examples: int) -> str:
    """`accuracy 0.9610 +- 0.0237 (95 %)`: the watched figure with its interval, where that is known."""
    error = probe.half_width(figures, examples)
    return f"{probe.metric} {shown_number(figures[probe.metric])}" + (
        f" +- {error:.4f} (95 %)" if error else ""
    )
