"""Two hosts that train together, each with a network of its own (`ip netns`), and torchrun on both. Needs root.

A worker is killed on one of them: both launchers start their workers again, and the run goes on from
its last checkpoint.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.trials import Bench, Trial
from tests.faults.zygote import Ended, Zygote

ADDRESSES = ("10.77.0.1", "10.77.0.2")
NAMES = tuple(f"ftcli-{os.getpid()}-{index}" for index in range(2))
STEPS = 120
LONGEST = 300.0  # seconds that a training may take


def possible() -> bool:
    """Whether this machine lets us make such hosts."""
    return shutil.which("ip") is not None and os.geteuid() == 0 and _ip("netns", "list", check=False) == 0


@contextmanager
def network() -> Iterator[None]:
    """Two hosts and a cable between them."""
    try:
        for name in NAMES:
            _ip("netns", "add", name)
        first, second = NAMES
        _ip("link", "add", "v0", "netns", first, "type", "veth", "peer", "name", "v1", "netns", second)
        for index, name in enumerate(NAMES):
            _ip("-n", name, "addr", "add", f"{ADDRESSES[index]}/24", "dev", f"v{index}")
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", name, "link", "set", f"v{index}", "up")
        yield
    finally:
        for name in NAMES:
            _ip("netns", "del", name, check=False)


def deaths(zygote: Zygote, root: Path, count: int, seed: int) -> Iterator[Trial]:
    """Two hosts end with the bytes of two processes on one: undisturbed, and with a worker killed on one of them."""
    bench = Bench(zygote, root, "two processes", f"training.epochs={STEPS // 6}", "training.save_steps=2")
    instants = random.Random(seed)
    with network():
        bench.clear()
        ends = _train(bench, None, 0)
        yield bench.judged("two hosts", ends, lambda end: end.status == 0)
        for _ in range(count):
            bench.clear()
            victim, step = instants.randrange(2), instants.randrange(1, STEPS // 2)
            ends = _train(bench, victim, step)
            yield bench.judged(f"host {victim}: a worker is killed after step {step}", ends, _well)


def _well(end: Ended) -> bool:
    return end.status == 0


def _train(bench: Bench, victim: int | None, step: int) -> list[Ended]:
    """Train on both hosts; the worker of host `victim` is killed once, after so many steps."""
    hosts = [_host(bench, index) for index in range(2)]
    began = time.monotonic()
    metrics = bench.here / "run/metrics.jsonl"
    while victim is not None and time.monotonic() < began + LONGEST:
        time.sleep(0.01)
        if metrics.exists() and metrics.read_bytes().count(b'"lr"') >= step:
            for worker in _children(hosts[victim].pid):
                os.kill(worker, signal.SIGKILL)
            break
    return [_ended(bench, index, host, began) for index, host in enumerate(hosts)]


def _host(bench: Bench, index: int) -> subprocess.Popen[str]:
    options = [
        *("--nnodes", "2", "--nproc-per-node", "1", "--max-restarts", "3", "--monitor-interval", "0.1"),
        *("--rdzv-backend", "c10d", "--rdzv-endpoint", f"{ADDRESSES[0]}:29500", "--rdzv-id", "trial"),
        *("--rdzv-conf", f"is_host={1 - index}", "--local-addr", ADDRESSES[index]),
    ]
    command = [sys.executable, "-m", "torch.distributed.run", *options, "-m", "ftcli", "train"]
    with (bench.here / f"err-{index}.txt").open("w") as errors:
        return subprocess.Popen(
            ["ip", "netns", "exec", NAMES[index], *command, str(bench.config), *bench.extra],
            cwd=bench.here, stdout=subprocess.DEVNULL, stderr=errors, text=True, start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "GLOO_SOCKET_IFNAME": f"v{index}"},
        )  # fmt: skip


def _ended(bench: Bench, index: int, host: subprocess.Popen[str], began: float) -> Ended:
    try:
        status = host.wait(max(1.0, began + LONGEST - time.monotonic()))
    except subprocess.TimeoutExpired:
        os.killpg(host.pid, signal.SIGKILL)
        status = host.wait()
    errors = (bench.here / f"err-{index}.txt").read_text()
    return Ended(
        process=host.pid, status=status, seconds=time.monotonic() - began, out="", err=errors, calls=0
    )


def _children(launcher: int) -> Sequence[int]:
    """The workers of a launcher."""
    return [int(one) for one in Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()]


def _ip(*arguments: str, check: bool = True) -> int:
    return subprocess.run(["ip", *arguments], check=check, capture_output=True).returncode
