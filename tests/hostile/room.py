"""A room in which a stranger's file is opened: a child of a process that has imported everything, and is watched.

`python -m tests.hostile.room` reads one JSON command a line and answers with one line; `Room` is its other end. What
the child does that reading a file never needs is reported: to run code or a program, to connect, to write elsewhere.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from tests.answering import Answering

LONGEST = 30  # seconds that a child may compute, and four times as many that it may take
ADDRESSES = 8 << 30  # bytes of address space beyond what torch has taken: no bomb brings the machine down
CANARY = "CANARY"  # the environment variable that holds the file that a payload makes

STARTS = {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn"}
CONNECTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind", "urllib.Request"}
INTERNET = {socket.AF_INET, socket.AF_INET6}
CHANGES = {
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
SAFE = {"torch", "numpy", "collections", "_codecs", "copyreg"}  # what pickles of tensors name


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit status, or minus the signal that killed it; what it said; the seconds and the
    megabytes that it took; and what it did that it must not.
    """

    status: int
    out: str
    err: str
    seconds: float
    megabytes: float
    deeds: tuple[str, ...]


class Room(Answering):
    """Runs `ftcli ARGUMENTS`, or Python code of a test, in children of one process."""

    def __init__(self, cache: Path) -> None:
        own = dict.fromkeys(("HF_HOME", "TORCH_HOME", "XDG_CACHE_HOME", "FTCLI_CACHE", "TMPDIR"), str(cache))
        super().__init__("tests.hostile.room", {**own, CANARY: "canary", "TOKENIZERS_PARALLELISM": "false"})

    def run(self, folder: Path, *arguments: object) -> Ended:
        """Run a command in `folder`, the only one that it may write into beside the cache."""
        return self._ask({"folder": str(folder), "arguments": list(map(str, arguments))})

    def unsafe(self, folder: Path, code: str) -> Ended:
        """Run code in `folder`, for controls: what a careless program would do with the same file."""
        return self._ask({"folder": str(folder), "code": code})

    def _ask(self, command: Mapping[str, Any]) -> Ended:
        answer = self.ask(command)
        return Ended(**{**answer, "deeds": tuple(answer["deeds"])})


# --------------------------------------------------------------------------------------------- the other end


def serve() -> None:
    """Answer commands until there are no more."""
    import gc

    import torch

    import ftcli.cli.commands.predict
    import ftcli.cli.training
    import ftcli.data.discovery.recognise
    import ftcli.models.backbones.features
    import ftcli.models.backbones.huggingface
    import ftcli.models.backbones.torchvision
    import ftcli.models.language.language_model
    import ftcli.runs.inference.evaluating
    import ftcli.runs.training
    import ftcli.tasks.classification
    import ftcli.tasks.inputs.images
    import ftcli.tasks.inputs.texts  # noqa: F401
    from ftcli.cli import app as cli
    from ftcli.errors import UserError

    torch.set_num_threads(1)
    with suppress(UserError):  # typer imports more with its first command
        cli.app(["list-models", "none of these"])
    gc.freeze()  # a child that collects would copy all memory
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def _answer(command: Mapping[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        reports = Path(name)
        child = os.fork()
        if child == 0:
            _become(command, reports)
        _, status, usage = os.wait4(child, 0)
        said = {
            name: (reports / name).read_text(errors="replace") for name in ("out", "err", "deeds", "before")
        }
    return {
        "status": os.waitstatus_to_exitcode(status),
        "out": said["out"],
        "err": said["err"],
        "seconds": usage.ru_utime + usage.ru_stime,
        "megabytes": max(0.0, usage.ru_maxrss * 1024 / 1e6 - float(said["before"])),
        "deeds": sorted(set(said["deeds"].splitlines())),
    }


def _resident() -> float:
    """Megabytes of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _become(command: Mapping[str, Any], reports: Path) -> NoReturn:
    """The command itself."""
    folder = Path(command["folder"])
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for name, place in (("out", 1), ("err", 2)):
        os.dup2(os.open(reports / name, os.O_WRONLY | os.O_CREAT), place)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(place, mode) for place, mode in enumerate("rww"))
    status: Any = 70
    signal.alarm(4 * LONGEST)  # a pipe that nobody writes to
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ADDRESSES, taken + ADDRESSES))
    (reports / "before").write_text(str(_resident()))
    watch = _Watch(folder, os.open(reports / "deeds", os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    sys.addaudithook(watch.see)
    try:
        if "code" in command:
            exec(compile(command["code"], "<control>", "exec"), {"__name__": "control"})
            status = 0
        else:
            from ftcli.cli import app as cli

            sys.argv = ["ftcli", *command["arguments"]]
            cli.main()
    except SystemExit as stop:
        status = stop.code
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        watch.look_back()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(status or 0))


class _Watch:
    """Writes down what a command does that it must not."""

    def __init__(self, folder: Path, report: int) -> None:
        self._folder = f"{folder.resolve()}/"
        roots = (folder, Path(os.environ["FTCLI_CACHE"]))
        self._roots = tuple(f"{root.resolve()}/" for root in roots)
        self._report = report
        self._known = set(sys.modules)

    def see(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook."""
        deed = ""
        if event in STARTS and arguments[0] != "uname":  # by which platform.platform() asks for the processor
            deed = f"started a program: {event} {arguments[0]!r}"
        elif event in CONNECTS or (event == "socket.__new__" and arguments[1] in INTERNET):
            deed = f"{event} {arguments[-1]!r}"
        elif event == "exec" and self._is_foreign(getattr(arguments[0], "co_filename", "")):
            deed = f"ran {arguments[0].co_filename}"
        elif event == "pickle.find_class" and str(arguments[0]).split(".")[0] not in SAFE:
            deed = f"unpickled {arguments[0]}.{arguments[1]}"
        elif event == "open" and self._is_writing(arguments) and self._is_outside(arguments[0]):
            deed = f"wrote to {arguments[0]}"
        elif event in CHANGES and any(
            self._is_outside(one) for one in arguments if isinstance(one, (str, bytes))
        ):
            deed = f"{event} {arguments[0]}"
        if deed:
            os.write(self._report, f"{deed}\n".encode(errors="backslashreplace"))

    def look_back(self) -> None:
        """What no event tells: a module that came from the stranger's folder, a canary."""
        for name in sys.modules.keys() - self._known:
            if self._is_foreign(getattr(sys.modules[name], "__file__", None) or ""):
                os.write(self._report, f"imported {name}\n".encode())
        if any(Path(root, os.environ[CANARY]).exists() for root in (*self._roots, "..")):
            os.write(self._report, b"made the canary\n")

    def _is_foreign(self, path: str) -> bool:
        return os.path.isfile(path) and os.path.realpath(path).startswith(self._folder)

    def _is_writing(self, arguments: tuple[Any, ...]) -> bool:
        _, mode, flags = arguments
        return bool(flags & WRITES) if isinstance(flags, int) else bool(set(mode or "") & set("wax+"))

    def _is_outside(self, path: Any) -> bool:
        if isinstance(path, int) or path is None:
            return False
        # The kernel's own count of this process's peak of memory, which a training begins anew.
        if path == "/proc/self/clear_refs":
            return False
        absolute = os.path.realpath(os.fsdecode(path))
        return absolute != os.devnull and not f"{absolute}/".startswith(self._roots)


if __name__ == "__main__":
    serve()
