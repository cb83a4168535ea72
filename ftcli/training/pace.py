"""How long an epoch takes, and how many examples it trains on in a second."""

from __future__ import annotations

import time

from ftcli.training.reports import Progress


class Pace:
    """Counts one epoch in `progress`, which goes into checkpoints: what an earlier process took is part of it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._begun = time.monotonic() - progress.epoch_seconds
        self._rate = 0.0

    def step(self, examples: int) -> None:
        """A step on so many examples was made. A GPU may not have finished it."""
        self._progress.epoch_examples += examples
        self._progress.epoch_seconds = time.monotonic() - self._begun

    def trained(self) -> None:
        """All steps are made and finished; what follows is not training."""
        seconds = time.monotonic() - self._begun
        self._rate = self._progress.epoch_examples / max(seconds, 1e-9)

    def close(self) -> tuple[float, float]:
        """Seconds of the epoch, validation included, and examples a second of its training. The next one may begin."""
        seconds = time.monotonic() - self._begun
        self._progress.seconds += seconds
        self._progress.epoch_seconds, self._progress.epoch_examples = 0.0, 0
        return seconds, self._rate
