"""Examples per second of `ftcli serve`, beside those of `ftcli predict` on the same examples, in turn.

python scripts/bench/serving.py RUN EXAMPLES [--clients 128] [--rounds 5]

EXAMPLES is a folder of images or sounds, or a text file with an example a line. The server and its clients share the
cores of this machine, so that what the clients need counts against it. Only 127.0.0.1 is asked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import signal
import statistics
import sys
import time
from pathlib import Path

from ftcli.runs.inference.evaluating import predict_arguments
from ftcli.runs.inference.predictor import Predictor


def main() -> None:
    """Measure, and print a line a round and the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("examples", type=Path)
    parser.add_argument("--clients", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, default=400)
    asked = parser.parse_args()
    given = _examples(asked.examples)[: asked.most]
    ready, port = (
        multiprocessing.get_context("spawn").Event(),
        multiprocessing.get_context("spawn").Value("i", 0),
    )
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(asked.run, ready, port))
    process.start()
    ready.wait(120)
    predictor = Predictor.open(asked.run)
    ratios = []
    for number in range(asked.rounds + 1):
        worked = time.process_time()
        predicted = _predict(predictor, given)
        own = (time.process_time() - worked) / len(given)
        worked = _cpu_seconds(process.pid)
        served = asyncio.run(_ask_all(port.value, [_request(one) for one in given], asked.clients))
        its = (_cpu_seconds(process.pid) - worked) / len(given)
        ratios.append(served / predicted)
        print(
            f"round {number}: predict {predicted:.1f}, serve {served:.1f} examples/s, {served / predicted:.2f}; "
            f"of the processor {1000 * own:.2f} and {1000 * its:.2f} ms an example, {own / its:.2f}",
            flush=True,
        )
    print(f"median of all but the first: {statistics.median(ratios[1:]):.2f}")
    process.terminate()
    process.join(30)
    sys.exit(process.exitcode)


def _cpu_seconds(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _examples(path: Path) -> list[Path | str]:
    if path.is_dir():
        return [one for one in sorted(path.rglob("*")) if one.is_file()]
    return [line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()]


def _predict(predictor: Predictor, given: list[Path | str]) -> float:
    started = time.monotonic()
    done = sum(1 for _ in predict_arguments(predictor, [str(one) for one in given], None).predictions)
    return done / (time.monotonic() - started)


def _serve(run: Path, ready: object, port: object) -> None:
    from ftcli.ship.serving.limits import Limits
    from ftcli.ship.serving.listening import bound
    from ftcli.ship.serving.start import server

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sock = bound("127.0.0.1", 0)
    port.value = sock.getsockname()[1]  # type: ignore[attr-defined]
    server(Predictor.open(run), "127.0.0.1", Limits(), begun=ready.set).run(sock)  # type: ignore[attr-defined]


def _request(one: Path | str) -> bytes:
    if isinstance(one, Path):
        kind, body = "application/octet-stream", one.read_bytes()
    else:
        kind, body = "application/json", json.dumps({"text": one}).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _ask_all(port: int, requests: list[bytes], clients: int) -> float:
    waiting = list(reversed(requests))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            writer.write(waiting.pop())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            lines = head.lower().split(b"\r\n")
            length = next(
                int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
        writer.close()

    started = time.monotonic()
    await asyncio.gather(*(client() for _ in range(clients)))
    return len(requests) / (time.monotonic() - started)


if __name__ == "__main__":
    main()
