"""Trials: a run is disturbed in one way, goes on, and must end with the bytes of one that was never disturbed."""

from __future__ import annotations

import errno
import math
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.runs.checkpoints.naming import found
from tests.faults.experiments import PROCESSES, differences, fingerprint, prepare
from tests.faults.mutations import mutate
from tests.faults.zygote import Ended, Fault, Zygote

MOST = 20  # starts of one run
ORPHANS = 10.0  # seconds after which nothing may be left of a run that is over
FULL = (errno.ENOSPC, errno.EIO, errno.EACCES)


@dataclass(frozen=True, slots=True)
class Trial:
    """One disturbed run: what was done, how each start of it ended, and what is wrong with that."""

    what: str
    ends: Sequence[Ended]
    wrong: Sequence[str] = field(default=())


class Bench:
    """One experiment and the place where all its runs happen, as a run knows where it is."""

    def __init__(self, zygote: Zygote, root: Path, name: str, *extra: str) -> None:
        self.zygote, self.here, self.extra = zygote, root / "here", extra
        self.processes = PROCESSES.get(name, 1)
        self.config = prepare(root / "data", name)
        self.finished: Path | None = None  # where the run that is to go on is, with
        self.more: Sequence[str] = ()
        self.clear()
        self._undisturbed()

    def lengthen(self, *more: str) -> None:
        """From now on the run is finished, and goes on with these overrides."""
        self.finished, self.more = self.here.with_name("finished"), more
        shutil.copytree(self.here, self.finished)
        self._undisturbed()

    def _undisturbed(self) -> None:
        ended = self.start()
        assert ended.status == 0, ended.err
        self.wanted, self.seconds = fingerprint(self.here / "run"), ended.seconds

    def clear(self, template: Path | None = None) -> None:
        """Nothing is there any more but what is in `template`, or the run that is to go on."""
        shutil.rmtree(self.here, ignore_errors=True)
        if template or self.finished:
            shutil.copytree(template or self.finished, self.here)  # type: ignore[arg-type]
        else:
            self.here.mkdir()

    def start(self, fault: Fault | None = None) -> Ended:
        """Begin the run, or go on with it; a finished one until its own experiment says so."""
        begun = (self.here / "run/experiment.yaml").exists()
        more = self.more if self.finished and _same(self.here, self.finished, "run/experiment.yaml") else ()
        arguments = ("--resume", "run", *more) if begun else (self.config, *self.extra)
        if self.processes > 1:
            return self.zygote.together(self.here, "train", *arguments, processes=self.processes, fault=fault)
        return self.zygote.run(self.here, "train", *arguments, fault=fault)

    def finish(self, faults: Sequence[Fault] = ()) -> list[Ended]:
        """Start with each of the faults, then until the run is over."""
        ends = [self.start(fault) for fault in faults]
        while len(ends) < MOST and not self._is_over(ends):
            ends.append(self.start())
            if ends[-1].status:
                break
        return ends

    def _is_over(self, ends: Sequence[Ended]) -> bool:
        """Whether a summary is there, and no fault came after it, or before a finished run went on."""
        return (self.here / "run/summary.json").exists() and bool(ends) and ends[-1].status == 0

    def judged(self, what: str, ends: Sequence[Ended], expected: Callable[[Ended], bool]) -> Trial:
        """The trial, wrong where the result differs, something left a traceback, or the first end is not `expected`."""
        wrong = [f"{name} differs" for name in differences(self.wanted, fingerprint(self.here / "run"))]
        # What a killed process has started may still complain of its end.
        alive = [end for end in ends if end.status != -signal.SIGKILL]
        wrong += [f"traceback: {end.err[-500:]}" for end in alive if "Traceback" in end.err]
        wrong += [f"process {end.process} left others behind" for end in ends if _lives_on(end.process)]
        if ends and not expected(ends[0]):
            wrong.append(f"ended with {ends[0].status}: {ends[0].err[-500:]}")
        return Trial(what, ends, wrong)


def _same(one: Path, other: Path, name: str) -> bool:
    return (one / name).exists() and (one / name).read_bytes() == (other / name).read_bytes()


def _lives_on(group: int) -> bool:
    """Whether processes of a group are there for more than a few seconds."""
    latest = time.monotonic() + ORPHANS
    while _members(group):
        if time.monotonic() > latest:
            return True
        time.sleep(0.1)
    return False


def _members(group: int) -> list[str]:
    """The numbers of the processes of a group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ends in this moment
            state, _, own = path.read_text().rpartition(")")[2].split()[:3]
            found += [path.parent.name] if own == str(group) and state != "Z" else []
    return found


def kills(bench: Bench, count: int, *, each: int = 1, seed: int = 0) -> Iterator[Trial]:
    """SIGKILL at `each` random instants of a run."""
    instants = random.Random(seed)
    for _ in range(count):
        bench.clear()
        times = [instants.uniform(0, bench.seconds) for _ in range(each)]
        ends = bench.finish([Fault(after=time, victim=instants.randrange(bench.processes)) for time in times])
        yield bench.judged(f"killed after {times} s", ends, lambda end: end.status in (-9, 0))


def signals(bench: Bench, numbers: Sequence[int], count: int, *, seed: int = 0) -> Iterator[Trial]:
    """A request to stop at a random instant: the step at hand is saved, and the way to go on printed.

    Not in the first moments, in which a busy machine may not have begun to listen, nor so late that the run could be
    over before it on a machine that is faster now.
    """
    instants = random.Random(seed)
    for index in range(count):
        bench.clear()
        number, time = numbers[index % len(numbers)], instants.uniform(0.25, 0.6) * bench.seconds
        ends = bench.finish([Fault(after=time, number=number)])
        yield bench.judged(
            f"signal {number} after {time:.2f} s",
            ends,
            lambda end, n=number, sent=time: end.status == 128 + n or end.seconds < 1.35 * sent,  # type: ignore[misc]
        )


def asked(bench: Bench, count: int, *, seed: int = 0) -> Iterator[Trial]:
    """SIGUSR1 at a random instant: the run saves, and goes on to the same end."""
    instants = random.Random(seed)
    for _ in range(count):
        bench.clear()
        time = instants.uniform(0.25, 0.8) * bench.seconds
        ends = bench.finish([Fault(after=time, number=signal.SIGUSR1)])
        yield bench.judged(f"asked to save after {time:.2f} s", ends, lambda end: end.status == 0)


def workers(bench: Bench, count: int, *, seed: int = 0) -> Iterator[Trial]:
    """A process that reads data is killed: a sentence and the way to go on, and no waiting."""
    instants = random.Random(seed)
    for _ in range(count):
        bench.clear()
        time = instants.uniform(0.1, 0.6) * bench.seconds
        ends = bench.finish([Fault(after=time, worker=True)])
        trial = bench.judged(f"a worker killed after {time:.2f} s", ends, lambda end: end.status in (0, 2))
        first, wrong = ends[0], list(trial.wrong)
        resumed = len(ends) > 1 and "resuming" in ends[1].out  # else nothing was saved yet
        if first.status == 2 and ("was killed" not in first.err or ("--resume" in first.err) != resumed):
            wrong.append(f"not reported: {first.err[-300:]}")
        if first.seconds > bench.seconds + ORPHANS:
            wrong.append(f"ended after {first.seconds:.0f} s")
        yield Trial(trial.what, ends, wrong)


def calls(bench: Bench) -> int:
    """How many calls change the run directory in an undisturbed run."""
    bench.clear()
    return bench.start(Fault(when=0)).calls


def places(bench: Bench, count: int) -> Sequence[int]:
    """So many calls, evenly spread; all of them for 0."""
    every = range(1, calls(bench) + 1)
    return every[:: math.ceil(len(every) / count)] if count else every


def killed_calls(bench: Bench, places: Sequence[int]) -> Iterator[Trial]:
    """SIGKILL at chosen calls that change the run directory."""
    for place in places:
        bench.clear()
        ends = bench.finish([Fault(when=place)])
        yield bench.judged(f"killed at call {place}", ends, lambda end: end.status in (-9, 0))


def failed_calls(bench: Bench, places: Sequence[int], errors: Sequence[int] = FULL) -> Iterator[Trial]:
    """Chosen calls that change the run directory fail once: an answer with the path, and nothing is lost."""
    for place in places:
        for error in errors:
            bench.clear()
            ends = bench.finish([Fault(when=place, error=error)])
            what = f"{errno.errorcode[error]} at call {place}"
            yield bench.judged(
                what, ends, lambda end: end.status == 0 or (end.status == 2 and "run" in end.err)
            )


def mutated(bench: Bench, count: int, *, seed: int = 0) -> Iterator[Trial]:
    """The newest of several checkpoints is damaged: it is reported, and the one before it used."""
    template = _interrupted(bench)
    chance = random.Random(seed)
    for _ in range(count):
        bench.clear(template)
        what = mutate(found(bench.here / "run/checkpoints")[-1], chance)
        ends = bench.finish()
        reported = "not a usable checkpoint" in ends[0].out
        trial = bench.judged(what, ends, lambda end: end.status == 0)
        yield trial if reported else Trial(what, ends, [*trial.wrong, f"not reported: {ends[0].out[:300]}"])
    shutil.rmtree(template)


def _interrupted(bench: Bench) -> Path:
    """A copy of a run that was killed when it had two checkpoints."""
    for share in (0.6, 0.7, 0.8, 0.5, 0.9):
        bench.clear()
        bench.start(Fault(after=share * bench.seconds))
        if len(found(bench.here / "run/checkpoints")) >= 2:
            template = bench.here.with_name("template")
            shutil.copytree(bench.here, template)
            return template
    raise AssertionError("no run was killed between its second checkpoint and its end")


def crowds(bench: Bench, rounds: int, count: int, *, seed: int = 0) -> Iterator[Trial]:
    """`count` starts at once on one run directory: one trains, the others are refused.

    In every second round the winner is killed, and the next start, at once, goes on.
    """
    instants = random.Random(seed)
    for index in range(rounds):
        bench.clear()
        fault = Fault(after=instants.uniform(0.2, 1.2) * bench.seconds) if index % 2 else None
        arguments = ("train", bench.config, *bench.extra)
        ends = bench.zygote.crowd(bench.here, *arguments, count=count, fault=fault, ready=True)
        bench.finish()
        refused = [end for end in ends if end.status == 2 and ("in use" in end.err or "not empty" in end.err)]
        killed = [end for end in ends if end.status == -signal.SIGKILL]
        winners = [end for end in ends if end.status == 0]
        # A kill that comes late, when the winner has ended, meets only starts that were about to be refused.
        ended = len(refused) + len(killed) + len(winners) == count
        fair = len(winners) <= 1 and bool(winners or killed) and ended
        trial = bench.judged(f"{count} at once", ends, lambda end: True)
        unfair = [] if fair else [f"{len(winners)} winners, {len(killed)} killed, {len(refused)} refused"]
        yield Trial(trial.what, ends, [*trial.wrong, *unfair])
