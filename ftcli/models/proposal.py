"""The network that is proposed where the user names none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from ftcli.models.catalogue import Entry, entries
from ftcli.models.on_this_machine import models_here
from ftcli.models.scratch.small import SMALL

# Parameters: what an ordinary machine fine-tunes.
LARGEST = 150_000_000
# Points of published accuracy that a small data set does not show: a larger network has to be better by more.
FEW, SLACK_OF_FEW, SLACK = 1000, 3.0, 1.0
# In names of networks that read Chinese, too.
READ_CHINESE = ("chinese", "multilingual", "xlm", "mmbert", "qwen", "mt5", "zh")
CHINESE_MODEL = "bert-base-chinese"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a network is proposed for: what goes in, its form, the usual network, and the training examples."""

    modality: str
    form: str
    usual: str
    examples: int
    chinese: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """The section `model`, why it is proposed, keys of `data` that go with it, and what it lacks, as a note."""

    model: str | Mapping[str, Any]
    reason: str
    data: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None


def propose(wanted: Wanted, *, download: bool) -> Proposal:
    """The usual network or the best on this machine; where there is none, the usual one to `download`, or a small one.

    The best is the most accurate by published figures among those of ordinary size, or a smaller one that is hardly
    less accurate. Where no figures are known, it is the one whose use and size are most like the usual network's.
    """
    usual = next((one for one in entries() if one.name == wanted.usual), None)
    here = _here(wanted)
    names = [one.name for one in here]
    if here and usual is not None and (wanted.usual not in names or usual.accuracy is not None):
        best = _best(here, usual, wanted.examples)
        figure = f": {best.accuracy:.1f} {best.measure}" if best.accuracy is not None else ""
        others = "" if wanted.usual in names else f"; the usual {wanted.usual} would be downloaded"
        return Proposal(best.name, f"on this machine{figure}{others}")
    if wanted.usual in names:
        return Proposal(wanted.usual, "on this machine")
    host = "download.pytorch.org" if wanted.usual.startswith("torchvision/") else "huggingface.co"
    large = f" ({usual.megabytes:,.0f} MB)" if usual is not None and usual.megabytes else ""
    if download:
        return Proposal(wanted.usual, f"will be downloaded from {host}{large}")
    small = SMALL[wanted.modality, wanted.form]
    note = (
        f"nothing pre-trained is here for this task: a small network learns from nothing{small.limit}; "
        f"--model {wanted.usual} downloads a far better one{large}"
    )
    return Proposal(small.model, "a small one, from nothing", small.data, note)


def _here(wanted: Wanted) -> list[Entry]:
    """The networks on this machine that the task can use."""
    here = models_here(wanted.modality, wanted.form)
    if find_spec("timm") is None:
        here = [one for one in here if not one.name.startswith("timm/")]
    if wanted.chinese:
        here = [one for one in here if any(word in one.name.lower() for word in READ_CHINESE)]
    return here


def _best(here: Sequence[Entry], usual: Entry, examples: int) -> Entry:
    fitting = [one for one in here if (one.parameters or 0) <= LARGEST] or here
    rated = {one.name: one.accuracy for one in fitting if one.measure == usual.measure is not None}
    if rated:
        slack = SLACK_OF_FEW if examples < FEW else SLACK
        least = max(filter(None, rated.values())) - slack
        near = [one for one in fitting if (rated.get(one.name) or 0) >= least]
        return min(near, key=lambda one: one.parameters or 0)
    forms, size = set(usual.forms), usual.parameters or 0
    return min(fitting, key=lambda one: (len({*one.forms} - forms), abs((one.parameters or 0) - size)))
