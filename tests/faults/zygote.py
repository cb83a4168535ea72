"""A process that has imported torch once, and forks children for commands: a trial then costs a second, not five.

`python -m tests.faults.zygote` reads one JSON command a line and answers with one line; `Zygote` is its other end.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from ftcli.system.signals import STOPPING
from tests.answering import Answering

GRACE = 10.0  # seconds that the others have, when one of several processes has failed
POLL = 0.002  # seconds between looks at a child
LONGEST = 300.0  # seconds that a child may take
COMPILER = shutil.which("gcc") or shutil.which("cc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to a command: a signal `after` so many seconds; or at the call `when` of those that change `run`,
    from 1, the error number `error`, or a kill if that is 0. Such calls are counted with `when` 0, too. Of several
    processes the signal goes to the `victim`, or to all. With `worker` it goes to
    a process that the command has started.
    """

    after: float | None = None
    number: int = signal.SIGKILL
    victim: int | None = None
    when: int | None = None
    error: int = 0
    worker: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit status, or minus the signal that killed it; `calls` are those that were counted.

    `process` is its number, and that of the group of all that it has started.
    """

    process: int
    status: int
    seconds: float
    out: str
    err: str
    calls: int


class Zygote(Answering):
    """Runs `ftcli ARGUMENTS` in children of one process. With `shim`, a folder for it, calls can be made to fail."""

    def __init__(self, shim: Path | None = None) -> None:
        preload = {} if shim is None else {"LD_PRELOAD": str(_compiled(shim))}
        # The command asks for this before it imports torch.
        super().__init__("tests.faults.zygote", {**preload, "TORCH_CPP_LOG_LEVEL": "ERROR"})

    def run(self, folder: Path, *arguments: object, fault: Fault | None = None) -> Ended:
        """Run a command in `folder`."""
        return self.crowd(folder, *arguments, count=1, fault=fault)[0]

    def crowd(
        self, folder: Path, *arguments: object, count: int, fault: Fault | None = None, ready: bool = False
    ) -> list[Ended]:
        """Run a command in `folder` as many times at once.

        With `ready`, for `train`, data and network are there already, so that all meet where the run begins.
        """
        return self._ask(folder, arguments, fault or Fault(), count=count, ready=ready)

    def together(self, folder: Path, *arguments: object, processes: int, fault: Fault | None = None) -> Ended:
        """Run a command in `folder` in processes that train together, as a launcher would: where one fails the others
        are asked to end. Its status is that of one that was killed, or else failed; its output is that of all.
        """
        ends = self._ask(folder, arguments, fault or Fault(), count=processes, together=True)
        errors = "".join(end.err for end in ends if end.status != -signal.SIGKILL)
        failed = [end.status for end in ends if end.status]
        worst = -signal.SIGKILL if -signal.SIGKILL in failed else next(iter(failed), 0)
        seconds, output = max(end.seconds for end in ends), "".join(end.out for end in ends)
        return replace(ends[0], status=worst, seconds=seconds, out=output, err=errors)

    def recorded(self, folder: Path, journal: Path, *arguments: object) -> Ended:
        """Run a command in `folder`; what it changes there is in the file `journal` (`disk.py` reads it)."""
        return self._ask(folder, arguments, Fault(when=0), journal=str(journal))[0]

    def _ask(self, folder: Path, arguments: Sequence[object], fault: Fault, **others: object) -> list[Ended]:
        command = {"folder": str(folder), "arguments": list(map(str, arguments)), **asdict(fault), **others}
        return [Ended(**answer) for answer in self.ask(command)]


def _compiled(folder: Path) -> Path:
    """The library that makes calls fail."""
    assert COMPILER is not None
    path = folder / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", path, source, "-ldl"], check=True)
    return path


# --------------------------------------------------------------------------------------------- the other end


def serve() -> None:
    """Answer commands until there are no more."""
    import torch

    import ftcli.cli.commands.predict
    import ftcli.cli.training
    import ftcli.models.backbones.features
    import ftcli.models.backbones.huggingface
    import ftcli.models.backbones.torchvision
    import ftcli.runs.inference.evaluating
    import ftcli.runs.training
    import ftcli.tasks.classification
    import ftcli.training.distributed.ddp  # noqa: F401

    torch.set_num_threads(1)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def _answer(command: dict[str, Any]) -> list[dict[str, Any]]:
    ready = _prepared(command["folder"], *command["arguments"][1:]) if command.get("ready") else None
    together = _meeting(command["count"]) if command.get("together") else None
    children: list[int] = []
    for number in range(command.get("count", 1)):
        group = children[0] if together and children else 0
        children.append(_forked(command, number, ready, together, group))
    began, ends, sent = time.monotonic(), dict[int, tuple[int, float]](), False
    failed: float | None = None  # when the first of those that train together did
    while len(ends) < len(children):
        for child in children:
            if child not in ends:
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended:
                    ends[child] = os.waitstatus_to_exitcode(status), time.monotonic() - began
                    if together and status and failed is None:
                        failed = time.monotonic()
                        _end(children, ends, signal.SIGTERM)
        if failed is not None and time.monotonic() > failed + GRACE:
            _end(children, ends, signal.SIGKILL)
        passed = time.monotonic() - began
        late = passed > LONGEST
        if late or (command["after"] is not None and passed >= command["after"] and not sent):
            sent = True
            number = signal.SIGKILL if late else command["number"]
            named = children if late or command["victim"] is None else [children[command["victim"]]]
            alive = [child for child in named if child not in ends]
            if command["worker"] and not late:
                alive = [worker for child in alive for worker in _started_by(child)][:1]
                sent = bool(alive)  # else there will be one
            for process in alive:
                _signal(process, number)
        time.sleep(POLL)
    folder = Path(command["folder"])
    return [{"process": child, "status": ends[child][0], "seconds": ends[child][1], **_said(folder, number)}
            for number, child in enumerate(children)]  # fmt: skip


def _meeting(processes: int) -> dict[str, str]:
    """The environment that torchrun gives all processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    count = str(processes)
    return {"WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
            "GLOO_SOCKET_IFNAME": "lo", "TORCHELASTIC_RUN_ID": "trial"}  # fmt: skip


def _end(children: Sequence[int], ends: Collection[int], number: int) -> None:
    for child in children:
        if child not in ends:
            os.kill(child, number)


def _prepared(folder: str, config: str, *overrides: str) -> Any:
    """The data and the network of an experiment."""
    from ftcli.config.load import load_experiment
    from ftcli.runs.names import NAMES
    from ftcli.runs.session import prepare

    with contextlib.chdir(folder):
        return prepare(load_experiment(config, overrides, names=NAMES))


def _said(folder: Path, number: int) -> dict[str, Any]:
    calls = folder / f"calls-{number}.txt"
    said = {name: (folder / f"{name}-{number}.txt").read_text(errors="replace") for name in ("out", "err")}
    return {**said, "calls": int(calls.read_text()) if calls.exists() else 0}


def _started_by(process: int) -> list[int]:
    with contextlib.suppress(OSError):
        return list(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))
    return []


def _signal(child: int, number: int) -> None:
    """A request goes to the child and all that it has started, as a terminal sends it; a kill leaves orphans."""
    if number == signal.SIGKILL:
        os.kill(child, number)
        return
    try:
        os.killpg(child, number)
    except ProcessLookupError:  # it has no group yet
        os.kill(child, number)


def _forked(
    command: dict[str, Any], number: int, ready: Any, together: Mapping[str, str] | None, group: int
) -> int:
    child = os.fork()
    if child == 0:
        os.setpgid(0, group)
        os.environ.update({**together, "RANK": str(number), "LOCAL_RANK": str(number)} if together else {})
        if ready is not None:
            from ftcli.runs import session

            session.prepare = lambda *_, **__: ready
        if command.get("journal") is not None:
            _record(command["folder"], command["journal"])
        elif command["when"] is not None:
            watched = os.path.join(command["folder"], "run")
            ctypes.CDLL(None).faults_begin(watched.encode(), ctypes.c_long(command["when"]), command["error"])
        _become(Path(command["folder"]), command["arguments"], number, count=command["when"] is not None)
    return child


def _record(folder: str, journal: str) -> None:
    """Journal all changes below `folder`, and what the run takes to be on the disk."""
    from ftcli.runs.checkpoints import storage
    from ftcli.runs.directory import RunDirectory
    from ftcli.runs.training import Training

    library = ctypes.CDLL(None)

    def mark(owner: Any, name: str, text: Callable[..., str]) -> None:
        original = getattr(owner, name)

        def marked(*arguments: Any, **options: Any) -> None:
            original(*arguments, **options)
            library.faults_mark(text(*arguments).encode())

        setattr(owner, name, marked)

    mark(Training, "begin", lambda training: "begun")
    mark(storage, "save", lambda folder, *others: f"saved {folder.name}")
    mark(RunDirectory, "write_summary", lambda directory, summary: "finished")
    library.faults_begin(folder.encode(), ctypes.c_long(0), 0)
    library.faults_record(journal.encode())


def _become(folder: Path, arguments: list[str], number: int, *, count: bool) -> NoReturn:
    """The command itself."""
    for stopping in STOPPING:  # a shell may have started us with some ignored, and ftcli respects that
        signal.signal(stopping, signal.SIG_DFL)
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for name, place in (("out", 1), ("err", 2)):
        os.dup2(os.open(f"{name}-{number}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), place)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(place, mode) for place, mode in enumerate("rww"))
    sys.argv = ["ftcli", *arguments]
    status: Any = 70
    try:
        from ftcli.cli import app as cli

        cli.main()
    except SystemExit as stop:
        status = stop.code
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        if count:
            Path(f"calls-{number}.txt").write_text(str(ctypes.CDLL(None).faults_count()))
        os._exit(int(status or 0))


if __name__ == "__main__":
    serve()
