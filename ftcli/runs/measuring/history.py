"""What trainings cost on this machine, in a small file of the cache folder, from which the next one is predicted."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ftcli.config.schema import Experiment
from ftcli.runs.measuring.curve import Curve
from ftcli.runs.measuring.survey import PhaseCost, Survey
from ftcli.store.folder import default_folder
from ftcli.system.durable import write_text

NAME = "costs.jsonl"
# Lines that are kept; and ended runs that say how far predictions are off, of which there have to be a few.
LINES, RECENT, FEW = 500, 15, 3
# A prediction is corrected by at most this factor.
MOST = 2.0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a training has cost: of each phase the seconds of its first epoch, and of one of the others."""

    peak_bytes: int
    examples: int
    phases: tuple[tuple[float, float], ...]
    # Seconds before the first epoch and after the last.
    rest: float


class History:
    """The file in a cache folder; without one it knows nothing and keeps nothing. It never raises for the disk's sake.

    A key says what is trained how, on which device: see `keys.py`.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / NAME

    @classmethod
    def of(cls, experiment: Experiment) -> History:
        """In the cache folder of an experiment; none where it keeps nothing."""
        cache = experiment.data.cache
        if cache.keep == "none":
            return cls(None)
        return cls(Path(cache.folder) if cache.folder else default_folder())

    def clear(self) -> int:
        """Forget everything; the bytes freed."""
        self.__dict__.pop("_lines", None)
        with suppress(OSError):
            if self._path is not None:
                size = self._path.stat().st_size
                self._path.unlink()
                return size
        return 0

    def last_run(self, key: str) -> RunRecord | None:
        """The newest ended training of this key."""
        for line in reversed(self._lines):
            if line.get("key") == key and "run" in line:
                with suppress(TypeError, ValueError, KeyError):
                    run = line["run"]
                    phases = tuple((float(first), float(other)) for first, other in run["phases"])
                    return RunRecord(int(run["peak_bytes"]), int(run["examples"]), phases, float(run["rest"]))
        return None

    def last_survey(self, key: str) -> Survey | None:
        """The newest measurement of this key."""
        for line in reversed(self._lines):
            if line.get("key") == key and "survey" in line:
                with suppress(TypeError, ValueError, KeyError):
                    return _survey(line["survey"])
        return None

    def factor(self, source: str, what: str) -> float:
        """What predictions of `what`, memory or seconds, from a source have to be multiplied by: the median of what the
        last runs really took, as a share of what was predicted; 1 where too few are known."""
        shares = [line["shares"][what] for line in self._lines if _says(line, source, what)]
        if len(shares) < FEW:
            return 1.0
        return min(MOST, max(1 / MOST, float(statistics.median(shares[-RECENT:]))))

    def add_survey(self, key: str, survey: Survey) -> None:
        """Keep a measurement."""
        self._add({"key": key, "survey": asdict(survey)})

    def add_run(
        self, key: str, record: RunRecord, sources: Mapping[str, str], shares: Mapping[str, float]
    ) -> None:
        """Keep what a training has cost, and for memory and seconds what share of the prediction that was."""
        self._add({"key": key, "run": asdict(record), "sources": dict(sources), "shares": dict(shares)})

    @cached_property
    def _lines(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        with suppress(OSError):
            if self._path is not None:
                for text in self._path.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]:
                    with suppress(ValueError):
                        line = json.loads(text, parse_float=_finite, parse_constant=_finite)
                        if isinstance(line, dict):
                            found.append(line)
        return found

    def _add(self, line: Mapping[str, Any]) -> None:
        if self._path is None:
            return
        text = json.dumps({"at": round(time.time()), **line})
        self.__dict__.pop("_lines", None)
        lines = [json.dumps(one) for one in self._lines][1 - LINES :]
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_text(self._path, "\n".join([*lines, text]) + "\n")
        self.__dict__.pop("_lines", None)


def _finite(text: str) -> float:
    """A number of a line. Raises `ValueError` for one that no cost can be, such as `NaN` and `1e999`."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _says(line: Mapping[str, Any], source: str, what: str) -> bool:
    share = line.get("shares", {}).get(what) if isinstance(line.get("shares"), dict) else None
    sources = line.get("sources")
    return (
        isinstance(share, int | float) and share > 0
        and isinstance(sources, dict) and sources.get(what) == source
    )  # fmt: skip


def _survey(found: Mapping[str, Any]) -> Survey:
    """A survey that was written by `asdict`. Raises `TypeError` or `KeyError` for one of another version."""
    phases = tuple(
        PhaseCost(
            **{
                **phase,
                **{name: Curve(**phase[name]) for name in ("step", "reading", "scoring")},
                "measured": tuple(phase["measured"]),
            }
        )
        for phase in found["phases"]
    )
    return Survey(phases, float(found["encoding"]), float(found["saving"]))
