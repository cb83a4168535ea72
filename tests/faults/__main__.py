"""`python -m tests.faults [NAME ...] [--count N] [--seed N]`: trials as a table of figures. All take hours."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults import hosts, power, surroundings, trials
from tests.faults.trials import Bench, Trial
from tests.faults.zygote import COMPILER, Zygote

SHORT = ("training.epochs=3", "training.save_steps=1000")  # where every call is tried
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Run = Callable[[Zygote, Path, int, int], Iterator[Trial]]  # with the count and the seed


@dataclass(frozen=True, slots=True)
class Campaign:
    """Trials of one kind, and how many there are unless it is said: 0 for all that there can be."""

    run: Run
    count: int = 0


def _on(
    experiment: str,
    trial: Callable[[Bench, int, int], Iterator[Trial]],
    count: int = 0,
    extra: Sequence[str] = (),
) -> Campaign:
    """A campaign on one experiment."""
    return Campaign(
        lambda zygote, folder, n, seed: trial(Bench(zygote, folder, experiment, *extra), n, seed), count
    )


def _kills(each: int) -> Callable[[Bench, int, int], Iterator[Trial]]:
    return lambda bench, count, seed: trials.kills(bench, count, each=each, seed=seed)


def _power(*extra: str, more: Sequence[str] = ()) -> Campaign:
    return Campaign(
        lambda zygote, folder, count, seed: power.losses(
            zygote, folder, extra, more, limit=128, moments=count or None, resumed=3, seed=seed
        )
    )


def _longer(
    trial: Callable[[Bench, int, int], Iterator[Trial]],
) -> Callable[[Bench, int, int], Iterator[Trial]]:
    """The trial on a finished run that goes on."""

    def on(bench: Bench, count: int, seed: int) -> Iterator[Trial]:
        bench.lengthen("training.epochs=5")
        return trial(bench, count, seed)

    return on


CAMPAIGNS: dict[str, Campaign] = {
    "SIGKILL at a random instant, vision": _on("vision", _kills(1), 50),
    "SIGKILL at a random instant, text": _on("text", _kills(1), 50),
    "SIGKILL at a random instant, accumulated": _on("accumulated", _kills(1), 50),
    "SIGKILL at a random instant, averaged": _on("averaged", _kills(1), 50),
    "SIGKILL of one of two processes at a random instant": _on("two processes", _kills(1), 50),
    "SIGKILL of one of two processes, weights shared": _on(
        "two processes, sharded", _kills(1), 20, ["training.shard=true"]
    ),
    "two hosts, a worker of one killed": Campaign(hosts.deaths, 5),
    "five SIGKILLs in one run": _on("accumulated", _kills(5), 20),
    "Ctrl-C, SIGTERM, SIGHUP, vision": _on(
        "vision", lambda bench, count, seed: trials.signals(bench, STOPS, count, seed=seed), 30
    ),
    "SIGUSR1, vision": _on("vision", lambda bench, count, seed: trials.asked(bench, count, seed=seed), 20),
    "a worker is killed, vision": _on("vision", lambda bench, count, seed: trials.workers(bench, count, seed=seed), 20),
    "SIGKILL at every call that writes": _on(
        "accumulated", lambda bench, count, seed: trials.killed_calls(bench, trials.places(bench, count)), extra=SHORT
    ),
    "ENOSPC, EIO, EACCES at every call that writes": _on(
        "accumulated", lambda bench, count, seed: trials.failed_calls(bench, trials.places(bench, count)), extra=SHORT
    ),
    "SIGKILL at every call that writes, averaged": _on(
        "averaged", lambda bench, count, seed: trials.killed_calls(bench, trials.places(bench, count)), extra=SHORT
    ),
    "ENOSPC, EIO, EACCES at every call that writes, averaged": _on(
        "averaged", lambda bench, count, seed: trials.failed_calls(bench, trials.places(bench, count)), extra=SHORT
    ),
    "a finished run goes on, SIGKILL at a random instant": _on("text", _longer(_kills(1)), 20, SHORT),
    "a finished run goes on in two processes, SIGKILL of one": _on("two processes", _longer(_kills(1)), 20, SHORT),
    "a finished run goes on, SIGKILL at every call that writes": _on(
        "text", _longer(lambda bench, count, seed: trials.killed_calls(bench, trials.places(bench, count))), extra=SHORT
    ),
    "a finished run goes on, ENOSPC, EIO, EACCES at every call that writes": _on(
        "text", _longer(lambda bench, count, seed: trials.failed_calls(bench, trials.places(bench, count))), extra=SHORT
    ),
    "a damaged newest checkpoint": _on(
        "accumulated", lambda bench, count, seed: trials.mutated(bench, count, seed=seed), 300
    ),
    "20 starts at once": _on(
        "text", lambda bench, count, seed: trials.crowds(bench, count, 20, seed=seed), 50, SHORT
    ),
    "strange surroundings": Campaign(
        lambda zygote, folder, count, seed: surroundings.tried(folder, tuple(surroundings.PLACES)[: count or None])
    ),
    "power is lost, text, frozen backbone": _power(
        "training.epochs=3", "freeze=backbone", "training.keep_state=false"
    ),
    "power is lost, text, moving average, no validation": _power(
        "training.epochs=2", "training.ema=0.9", "data.val=none", "training.keep_state=false",
    ),
    "power is lost, a finished run goes on": _power("training.epochs=2", more=["training.epochs=3"]),
}  # fmt: skip


def main() -> int:
    """Run the campaigns whose names hold one of the words; the exit status says whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("words", nargs="*", help="of the names of campaigns: " + "; ".join(CAMPAIGNS))
    parser.add_argument("--count", type=int, help="trials of each campaign, moments of a loss of power")
    parser.add_argument("--seed", type=int, default=0, help="of what is chosen by chance")
    given = parser.parse_args()
    words: list[str] = given.words
    failures = 0
    _line("| trial | count | wrong | seconds |\n|---|---|---|---|")
    for name, campaign in CAMPAIGNS.items():
        if words and not any(word in name for word in words):
            continue
        if campaign.run is hosts.deaths and not hosts.possible():
            _line(f"| {name} | not run: it needs root and `ip netns` | | |")
            continue
        began, count, wrong = time.monotonic(), 0, 0
        with tempfile.TemporaryDirectory() as folder, Zygote(Path(folder) if COMPILER else None) as zygote:
            for trial in campaign.run(zygote, Path(folder), given.count or campaign.count, given.seed):
                count += 1
                wrong += bool(trial.wrong)
                if trial.wrong:
                    sys.stderr.write(f"{name}: {trial.what}: {'; '.join(trial.wrong)}\n")
        failures += wrong
        _line(f"| {name} | {count} | {wrong} | {time.monotonic() - began:.0f} |")
    return int(failures > 0)


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
