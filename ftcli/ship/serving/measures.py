"""What Prometheus reads of a server: counts since its start, as text."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Histogram:
    """Counts of values up to each of the bounds."""

    def __init__(self, name: str, about: str, bounds: Sequence[float]) -> None:
        self._name, self._about, self._bounds = name, about, bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._lock = threading.Lock()

    def add(self, value: float) -> None:
        """Count a value. Any thread may."""
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += 1
            self._sum += value

    def lines(self) -> Iterator[str]:
        """As Prometheus reads them: each bound has all values up to it."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        yield from _head(self._name, "histogram", self._about)
        below = 0
        for bound, count in zip((*map(str, self._bounds), "+Inf"), counts, strict=True):
            below += count
            yield f'{self._name}_bucket{{le="{bound}"}} {below}'
        yield f"{self._name}_sum {total:.6f}"
        yield f"{self._name}_count {below}"


class Measures:
    """All that is counted."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self.seconds = Histogram(
            "ftcli_request_seconds", "Time of requests to predict, to their answer.", SECONDS
        )
        self.batches = Histogram("ftcli_batch_examples", "Examples of each batch of the model.", SIZES)

    def answered(self, route: str, status: int) -> None:
        """Count a request."""
        self._requests[route, status] += 1

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Everything, with present values by name, each with what it is."""
        lines = [*_head("ftcli_requests_total", "counter", "Requests that were answered.")]
        for (route, status), count in sorted(self._requests.items()):
            lines.append(f'ftcli_requests_total{{route="{route}",status="{status}"}} {count}')
        for name, (about, value) in gauges.items():
            lines += [*_head(name, "gauge", about), f"{name} {value:g}"]
        lines += [*self.seconds.lines(), *self.batches.lines()]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, about: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
