"""Places and environments in which a run may start: it ends with the same weights, or says in a line why not."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.answering import ROOT
from tests.faults.experiments import prepare
from tests.faults.trials import Trial

COMMAND = 'exec "$@"'


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a run takes place: a folder's name, variables (None for none), and what a shell does around the command."""

    folder: str = "plain"
    variables: dict[str, str | None] = field(default_factory=dict)
    shell: str = COMMAND
    answer: str = ""  # a line with which the command ends instead, with status 2


PLACES: dict[str, Surroundings] = {
    "LC_ALL=C": Surroundings(variables={"LC_ALL": "C"}),
    "LC_ALL=POSIX, emoji and umlauts": Surroundings("\u00fcber \U0001f642", {"LC_ALL": "POSIX"}),
    "no HOME": Surroundings(variables={"HOME": None}),
    "a HOME that is not there": Surroundings(variables={"HOME": "/nowhere/at/all"}),
    "a HOME that cannot be written": Surroundings(variables={"HOME": "/proc"}),
    "no terminal, stdin closed": Surroundings(variables={"TERM": None}, shell=f"{COMMAND} <&-"),
    "stdout closed": Surroundings(shell=f"{COMMAND} >&-"),
    "stdout | head -1": Surroundings(shell='set -o pipefail; "$@" | head -1'),
    "stdout on a full disk": Surroundings(shell=f"{COMMAND} > /dev/full"),
    "the working folder removed": Surroundings(
        shell=f"mkdir gone; cd gone; rmdir ../gone; {COMMAND}", answer="is no longer there"
    ),
    "spaces and quotes": Surroundings("a  'b' \"c\" $d"),
    "250 characters": Surroundings("x" * 250),
    "far from Greenwich": Surroundings(variables={"TZ": "Asia/Kathmandu"}),
}


def tried(folder: Path, names: Sequence[str] = tuple(PLACES)) -> Iterator[Trial]:
    """Train in each of these surroundings, in a process of its own; the weights are the same in all."""
    weights, prepared = "", prepare(folder / "prepared", "text")
    for index, name in enumerate(names):
        place = PLACES[name]
        here = folder / str(index) / place.folder
        shutil.copytree(prepared.parent, here)
        config, run = here / "x.yaml", here / "run"
        config.write_text(config.read_text().replace(str(prepared.parent), str(here)))
        begun = [sys.executable, "-m", "ftcli", "train", str(config), f"output={run}", "training.epochs=1"]
        cache = [] if "HOME" in place.variables else ["data.cache=none"]
        ended = _ended(place, here, [*begun, *(cache or ["data.cache=auto"])])
        said = ended.stdout + ended.stderr
        wrong = ["a traceback"] if "Traceback" in said else []
        if ended.returncode != (2 if place.answer else 0) or place.answer not in said:
            wrong.append(f"ended with {ended.returncode}: {said[-300:]}")
        if not wrong and not place.answer:
            found = hashlib.sha256(
                (run / "checkpoints/epoch-0001/model.safetensors").read_bytes()
            ).hexdigest()
            weights = weights or found
            wrong += [] if found == weights else ["other weights"]
            again = _ended(place, here, [*begun[:4], "--resume", str(run)])
            wrong += (
                [f"finished, and then {again.returncode}: {again.stderr[-300:]}"] if again.returncode else []
            )
        yield Trial(name, [], wrong)


def _ended(place: Surroundings, here: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    given.pop("FTCLI_CACHE", None)
    for name, value in place.variables.items():
        given.pop(name, None)
        given |= {} if value is None else {name: value}
    shell = ["bash", "-c", place.shell, "bash"]
    streams = {"capture_output": True, "text": True, "errors": "replace"}
    return subprocess.run([*shell, *command], cwd=here, env=given, check=False, timeout=300, **streams)  # type: ignore[call-overload,no-any-return]
