"""`optimizer.lr: find`: the rates of all blocks times the factor that sweeps suggest, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ftcli.config.defaults.facts import Choice
from ftcli.config.measured import FIND, RATE
from ftcli.config.options import Options
from ftcli.runs.session import Session
from ftcli.runs.settling.bracket import Bracket, bracket
from ftcli.runs.settling.sweep import Swept

RATES = ("lr", "backbone_lr")


@dataclass(frozen=True, slots=True)
class FoundRate:
    """What the sweeps of a session say; rates are those of the head."""

    # The usual options of the optimizer of this experiment: `lr`, and `backbone_lr` and `lr_decay` where there are any.
    usual: Mapping[str, float]
    swept: Swept
    bracket: Bracket

    @property
    def lr(self) -> float:
        """The rate of the head that is suggested, to three digits."""
        return self.rate(self.bracket.suggestion)

    def rate(self, factor: float) -> float:
        """That of the head by a factor: all that is shown has the same digits, so that what is equal is so, too."""
        return self._times("lr", factor)

    def options(self) -> dict[str, float]:
        """The options of the optimizer: each usual rate times the factor, and the decay as it is."""
        times = {key: self._times(key, self.bracket.suggestion) for key in RATES if key in self.usual}
        return {**self.usual, **times}

    def reason(self) -> str:
        """Why the rate is this one, in a few words."""
        found, usual = self.bracket, self.usual["lr"]
        if found.warning is not None:
            return f"{found.warning} ({self.range()})"
        if found.suggestion == 1:
            return f"the usual rate: {len(self.swept.curves)} sweeps do not contradict it ({self.range()})"
        return f"{found.suggestion:.3g} times the usual rate, {usual:.3g} ({self.range()})"

    def range(self) -> str:
        """The bracket in words."""
        low, high = self.bracket.low, self.bracket.high
        if low is None and high is None:
            return "the loss neither fell nor rose"
        least = "any" if low is None else f"{self.rate(low):.3g}"
        most = "no end seen" if high is None else f"{self.rate(high):.3g}"
        return f"bracket {least} to {most}"

    def _times(self, key: str, factor: float) -> float:
        return self.usual[key] if factor == 1 else float(f"{self.usual[key] * factor:.3g}")


def found_rate(session: Session, swept: Swept) -> FoundRate:
    """What the sweeps of a session with its usual rates say."""
    part = session.experiment.optimizer
    assert part is not None
    options = Options.of(part.options)
    values = {
        key: options.arguments[key] for key in (*RATES, "lr_decay") if options.arguments.get(key) is not None
    }
    return FoundRate(values, swept, bracket(swept.curves, swept.travel))


def choices(found: FoundRate, written: Collection[str] = ()) -> list[Choice]:
    """The options but those that the user has `written`, each with its reason."""
    reasons = {
        "lr": found.reason(),
        "backbone_lr": f"by the same factor: {RATE}: {FIND} keeps the ratios of the blocks",
        "lr_decay": "the usual one",
    }
    options = {key: value for key, value in found.options().items() if key == "lr" or key not in written}
    return [
        Choice(f"optimizer.{key}", value, reasons[key], measured=key == "lr")
        for key, value in options.items()
    ]
