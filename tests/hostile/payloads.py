"""Pickles that run code when they are read carelessly, and the disguises that they come in."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import subprocess
import tarfile
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.hostile.room import CANARY

MAKE_CANARY = f"open(__import__('os').environ['{CANARY}'], 'w').close()"
OTHER_ROAD = f"{MAKE_CANARY}\n"  # as a module, which is imported


class Call:
    """What unpickles by calling something."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> Any:
        return self._call


def opcodes(module: str, name: str, argument: str) -> bytes:
    """Protocol 0, by hand: no pickler has looked at it."""
    return f"c{module}\n{name}\n(S{argument!r}\ntR.".encode()


# Each makes the canary in a way of its own.
PAYLOADS: dict[str, Callable[[], Any]] = {
    "exec": lambda: Call(exec, MAKE_CANARY),
    "eval": lambda: Call(eval, MAKE_CANARY),
    "system": lambda: Call(os.system, f"touch ${CANARY}"),
    "process": lambda: Call(subprocess.call, ["touch", "canary"]),
    "partial": lambda: Call(partial(exec, MAKE_CANARY)),
    "open": lambda: Call(open, "canary", "w"),
    "touch": lambda: Call(Path.touch, Path("canary")),
    "makedirs": lambda: Call(os.makedirs, "canary"),
    "numpy": lambda: Call(np.savetxt, "canary", [0]),
    "torch": lambda: Call(torch.save, 0, "canary"),
}


def beside_tensors(payload: Any) -> dict[str, Any]:
    """A state with a payload in its middle."""
    return OrderedDict(a=torch.zeros(2), b=payload, c=torch.ones(2))


def bare(path: Path, payload: Any, protocol: int = 2) -> None:
    path.write_bytes(pickle.dumps(payload, protocol))


def archive(path: Path, payload: Any) -> None:
    """A file as torch.save writes it."""
    torch.save(beside_tensors(payload), path)


def before_archives(path: Path, payload: Any) -> None:
    """As torch.save wrote it before version 1.6."""
    torch.save(beside_tensors(payload), path, _use_new_zipfile_serialization=False)


def in_tar(path: Path, payload: Any) -> None:
    """As torch wrote files in its first year."""
    with tarfile.open(path, "w") as tar:
        for name, content in dict.fromkeys(("sys_info", "storages", "tensors", "pickle"), payload).items():
            data = pickle.dumps(content, 2)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def nested(path: Path, payload: Any) -> None:
    """An archive, whose pickle is in an archive within."""
    inner = io.BytesIO()
    torch.save(payload, inner)
    with zipfile.ZipFile(path, "w") as outer:
        outer.writestr("archive/data.pkl", pickle.dumps(payload, 2))
        outer.writestr("archive/inner.zip", inner.getvalue())
        outer.writestr("archive/version", "3\n")


def zipped(path: Path, payload: Any) -> None:
    """A pickle in a zip file that is none of torch's."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("weights.pkl", pickle.dumps(payload))


def gzipped(path: Path, payload: Any) -> None:
    path.write_bytes(gzip.compress(pickle.dumps(payload)))


def objects(path: Path, payload: Any) -> None:
    """An array of objects, as numpy.save pickles it."""
    with path.open("wb") as file:
        np.save(file, np.array([payload], dtype=object), allow_pickle=True)


def several_arrays(path: Path, payload: Any) -> None:
    with path.open("wb") as file:
        np.savez(file, a=np.array([payload], dtype=object))


def module(path: Path, payload: Any) -> None:
    """A whole module, with the payload among its attributes."""
    whole = torch.nn.Linear(1, 1)
    whole.extra = payload
    torch.save(whole, path)


def script(path: Path, payload: Any) -> None:
    """A TorchScript archive, which holds code of its own."""
    del payload
    code = "def forward(self, x):\n    return torch.from_file('canary', True, 4)\n"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("m/code/__torch__.py", code)
        packed.writestr("m/constants.pkl", pickle.dumps((), 2))
        packed.writestr("m/data.pkl", opcodes("__torch__", "M", "x"))
        packed.writestr("m/version", "3\n")


def by_hand(path: Path, name: str, argument: str) -> None:
    """Opcodes that call `posix.NAME`, by the name of the module behind os."""
    path.write_bytes(opcodes("posix", name, argument))


def setstate(path: Path, payload: Any) -> None:
    """A tensor whose state is a payload."""

    class Parameter:
        def __reduce__(self) -> Any:
            return torch.nn.Parameter, (), payload

    torch.save({"weight": Parameter()}, path)


def after_tensors(path: Path, payload: Any) -> None:
    """A whole file of weights, with a second pickle behind it."""
    torch.save({"weight": torch.zeros(2)}, path, _use_new_zipfile_serialization=False)
    with path.open("ab") as file:
        pickle.dump(payload, file)


def imports(path: Path, payload: Any) -> None:
    """Names a module that lies beside the file."""
    del payload
    (path.parent / "strangers.py").write_text(OTHER_ROAD)
    path.write_bytes(b"cstrangers\nanything\n.")
