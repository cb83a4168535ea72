"""What a training was expected to cost, and what it did cost."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import torch

from ftcli.runs.measuring.cost import Cost
from ftcli.runs.measuring.expected import Outline, expected
from ftcli.runs.measuring.history import History, RunRecord
from ftcli.runs.measuring.keys import key_of
from ftcli.runs.measuring.memory import DeviceMemory


class Ledger:
    """Of one training: `predicted`, then `begin`, `epoch` after each, and `end`, from which later ones learn."""

    def __init__(self, *, resumed: bool = False) -> None:
        self.predicted: Cost | None = None
        self._resumed = resumed
        self._begun = time.monotonic()
        self._epochs: list[float] = []
        # The peak up to the end of the last epoch.
        self._peak = 0

    def predict(self, training: Outline) -> Cost:
        """The cost of the training before it begins."""
        if self.predicted is None:
            self.predicted = expected(training)
        return self.predicted

    def begin(self, training: Outline) -> None:
        """From now on time and memory count."""
        self.predict(training)
        DeviceMemory(training.session.precision.device).count_peak()
        self._begun = time.monotonic()

    def epoch(self, device: torch.device) -> None:
        """An epoch on a device has ended, and its checkpoint is written."""
        self._peak = DeviceMemory(device).peak()
        self._epochs.append(time.monotonic() - self._begun - sum(self._epochs))

    def end(self, training: Outline, seconds: float) -> dict[str, Any]:
        """What summary.json says of the cost of a training that took `seconds`, also in processes before this one."""
        peak = self._most(DeviceMemory(training.session.precision.device))
        cost, epochs = self.predict(training), training.fit.progress.epoch
        likely = cost.seconds_of(epochs)
        if not self._resumed and self._epochs:
            self._learn(training, cost, peak)
        return {
            "predicted": cost.as_json() | {"seconds": None if likely is None else round(likely, 1)},
            "real": {"memory_bytes": peak, "seconds": round(seconds, 1)},
        }

    def _most(self, memory: DeviceMemory) -> int:
        """The peak of all. A CPU's counts the pages of files, too, as of the checkpoint that is scored at the end: so
        what is held there counts, of which the process gives nothing back."""
        if self._epochs and memory.device.type == "cpu":
            return max(self._peak, memory.held())
        return memory.peak()

    def _learn(self, training: Outline, cost: Cost, peak: int) -> None:
        seconds, done = time.monotonic() - self._begun, len(self._epochs)
        starts = [start for start in training.starts if start < done]
        phases = [self._epochs[start:end] for start, end in pairwise([*starts, done])]
        pairs = tuple((phase[0], sum(phase[1:]) / (len(phase) - 1 or 1) or phase[0]) for phase in phases)
        record = RunRecord(peak, training.batches.examples, pairs, max(0.0, seconds - sum(self._epochs)))
        # What predictions would have been without the correction that earlier ones have taught.
        known = {
            "memory": None if cost.at_least or not cost.memory else cost.memory / cost.factors[0],
            "seconds": (cost.seconds_of(done) or 0) / cost.factors[1],
        }
        real = {"memory": peak, "seconds": seconds}
        shares = {name: real[name] / value for name, value in known.items() if value}
        sources = {"memory": cost.memory_source, "seconds": cost.seconds_source}
        session = training.session
        History.of(session.experiment).add_run(key_of(session, training.fit), record, sources, shares)
