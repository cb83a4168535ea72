"""The workers of a study on this machine: processes that know of each other only by the study's folder.

So one that is killed takes nothing with it, others of another machine may work in the same folder, and whatever all of
them leave undone the process that started them does.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread

from ftcli.errors import Interruption, UserError
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.study import Study
from ftcli.studies.tuning.worker import Worker
from ftcli.system import signals
from ftcli.training.hardware import available_cores

# Seconds between two looks at what the workers have reported.
_LOOK = 0.5
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def search(
    study: Study,
    *,
    workers: int,
    until: float,
    most: int | None,
    total: float = math.inf,
    say: Callable[[Record], None],
) -> None:
    """Train the trials of a study in `workers` processes until `until` at most, and `most` trials in all.

    `total` is the time of the whole study, of which the finals have a part. `say` is called for what is new of a trial.
    Raises `Interruption` when all workers have saved where they are.
    """
    if workers > 1:
        _together(study, workers, (until, most, total), say)
    worker = Worker(study, until=until, most=most, total=total)
    worker.say = say
    worker.run()


def _together(
    study: Study, workers: int, limits: tuple[float, int | None, float], say: Callable[[Record], None]
) -> None:
    context = multiprocessing.get_context("spawn")
    own = {name: os.environ.get(name) for name in _THREADS}
    threads = str(max(1, available_cores() // workers))
    os.environ.update({name: os.environ.get(name, threads) for name in _THREADS})
    try:
        given = (study.folder, *limits)
        processes: list[BaseProcess] = [context.Process(target=_work, args=given) for _ in range(workers)]
        for one in processes:
            one.start()
    finally:
        for name, value in own.items():
            if value is None:
                del os.environ[name]
    try:
        _follow(study, processes, say)
    except Interruption:
        for one in processes:
            one.terminate()
        raise
    finally:
        for one in processes:
            one.join()


def _follow(study: Study, processes: Sequence[BaseProcess], say: Callable[[Record], None]) -> None:
    """Say what is new until all processes have ended."""
    known = {one.number: one for one in study.journal.records()}
    alive = True
    while alive:
        alive = any(one.is_alive() for one in processes)
        for record in study.journal.records():
            before = known.get(record.number)
            if (
                record.failed != "surplus"
                and _news(record)
                and (before is None or _news(before) != _news(record))
            ):
                say(record)
            known[record.number] = record
        if alive:
            time.sleep(_LOOK)


def _news(record: Record) -> tuple[int, str | None] | None:
    return (len(record.rungs), record.failed) if record.rungs or record.failed else None


def _work(folder: Path, until: float, most: int | None, total: float) -> None:
    """What a worker does. Its errors are met again by the process that started it."""
    signals.listen()
    Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    try:
        Worker(Study.existing(folder), until=until, most=most, total=total).run()
    except (Interruption, UserError):
        return


def _stop_with_parent() -> None:
    """Save and stop when the process that started this one is gone, so that none is left to train for nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
