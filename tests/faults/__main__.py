"""`python -m tests.faults [NAME ...]`: all trials, or those of some names, as a table of figures. An hour or two."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults import trials
from tests.faults.trials import Bench, Trial
from tests.faults.zygote import COMPILER, Zygote

SHORT = ("training.epochs=3", "training.save_steps=1000")  # where every call is tried
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# What is done, to which experiment, and how.
CAMPAIGNS: dict[str, tuple[str, tuple[str, ...], Callable[[Bench], Iterator[Trial]]]] = {
    "SIGKILL at a random instant, vision": ("vision", (), lambda bench: trials.kills(bench, 60)),
    "SIGKILL at a random instant, text": ("text", (), lambda bench: trials.kills(bench, 60)),
    "SIGKILL at a random instant, accumulated": ("accumulated", (), lambda bench: trials.kills(bench, 60)),
    "five SIGKILLs in one run": ("accumulated", (), lambda bench: trials.kills(bench, 20, each=5, seed=1)),
    "Ctrl-C, SIGTERM, SIGHUP, vision": ("vision", (), lambda bench: trials.signals(bench, STOPS, 30)),
    "SIGKILL at every call that writes": (
        "accumulated", SHORT, lambda bench: trials.killed_calls(bench, range(1, trials.calls(bench) + 1)),
    ),
    "ENOSPC, EIO, EACCES at every call that writes": (
        "accumulated", SHORT, lambda bench: trials.failed_calls(bench, range(1, trials.calls(bench) + 1)),
    ),
    "a damaged newest checkpoint": ("accumulated", (), lambda bench: trials.mutated(bench, 300)),
    "20 starts at once": ("text", SHORT, lambda bench: trials.crowds(bench, 50, 20)),
}  # fmt: skip


def main() -> int:
    """Run the campaigns whose names hold one of the arguments; the exit status says whether all is well."""
    chosen = [name for name in CAMPAIGNS if not sys.argv[1:] or any(word in name for word in sys.argv[1:])]
    failures = 0
    _line("| trial | count | wrong | minutes |\n|---|---|---|---|")
    for name in chosen:
        began, count, wrong = time.monotonic(), 0, 0
        with tempfile.TemporaryDirectory() as folder, Zygote(Path(folder) if COMPILER else None) as zygote:
            experiment, extra, run = CAMPAIGNS[name]
            for trial in run(Bench(zygote, Path(folder), experiment, *extra)):
                count += 1
                wrong += bool(trial.wrong)
                if trial.wrong:
                    sys.stderr.write(f"{name}: {trial.what}: {'; '.join(trial.wrong)}\n")
        failures += wrong
        _line(f"| {name} | {count} | {wrong} | {(time.monotonic() - began) / 60:.1f} |")
    return int(failures > 0)


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
