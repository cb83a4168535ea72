"""What a reproduction comes to: the same bits, the same numbers, or neither."""

from __future__ import annotations

from dataclasses import dataclass

from ftcli.errors import FAILED, FOUND
from ftcli.ship.reproducing.reproduction import Compared, Reproduction


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` is "bits", "numbers", "no" or "refused", and `words` a sentence that says why."""

    kind: str
    words: str

    @property
    def status(self) -> int:
        """The status with which the command ends."""
        return {"bits": 0, "numbers": FOUND}.get(self.kind, FAILED)


def refused(problems: list[str]) -> Verdict:
    """The verdict where nothing was trained."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Verdict("refused", f"NOT REPRODUCED, nothing was trained: {problems[0]}{more}")


def verdict(reproduction: Reproduction) -> Verdict:
    """The verdict on what was compared."""
    compared, claim = reproduction.compared, reproduction.claim
    assert compared is not None
    if not _anything(compared):
        return Verdict("no", "NOT REPRODUCED: nothing that was recorded could be compared")
    if problem := _problem(compared):
        return Verdict("no", f"NOT REPRODUCED: {problem}")
    if _same_bits(compared):
        part = "" if reproduction.asked.quick is None else f" up to step {compared.losses.equal_to:,}"
        unfinished = "" if claim.ended else ", as far as it had come"
        return Verdict("bits", f"REPRODUCED{part}, bit for bit{unfinished}")
    first = compared.losses.first
    where = f"; first difference at step {first[0]:,}" if first is not None else ""
    causes = reproduction.causes()
    why = (
        "; ".join(causes) if causes else "no cause is known: nothing that is recorded of the machine differs"
    )
    return Verdict("numbers", f"REPRODUCED, the numbers agree, not bit for bit{where}: {why}")


def _anything(compared: Compared) -> bool:
    return bool(compared.losses.compared or compared.figures or compared.weights)


def _problem(compared: Compared) -> str | None:
    """The first thing that no rounding explains."""
    losses = compared.losses
    for one in compared.figures:
        if not one.within:
            distance = abs(one.now - one.recorded)
            return (
                f"{one.split} {one.name} was {one.recorded:.4f} and is {one.now:.4f}, a difference of {distance:.4f}, "
                f"more than expected ({one.expected.words})"
            )
    if losses.apart is not None:
        return f"from step {losses.apart:,} on, losses differ by up to {losses.largest:.2g}, which no rounding explains"
    if losses.missing:
        return f"{losses.missing:,} of the losses that are recorded were not given again: it took other steps"
    return None


def _same_bits(compared: Compared) -> bool:
    weights = compared.weights
    equal = weights is None or weights.equal == weights.tensors
    return compared.losses.first is None and compared.all_figures_equal and equal
