"""A study from its beginning to its end: stages that each refine the answer, within a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ftcli.errors import RunError
from ftcli.studies.folder import is_free, kept_in
from ftcli.studies.recommend.contest import contest
from ftcli.studies.recommend.costing import cost
from ftcli.studies.recommend.document import is_study, write
from ftcli.studies.recommend.finding import find, measure
from ftcli.studies.recommend.looking import control, look, resize
from ftcli.studies.recommend.study import Study
from ftcli.system import durable
from ftcli.system.lock import Lock

STAGES: dict[str, Callable[[Study], None]] = {
    "data": find,
    "timing": measure,
    "features": look,
    "sizes": resize,
    "control": control,
    "costs": cost,
    "race": contest,
}


def recommend(study: Study) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run all stages; yields the name of each that is done and the document, which is written then.

    Whatever ends it, what is known is in the folder, and the same study goes on from there. Raises `UserError` where
    there can be no answer, and `RunError` for a folder that is something else or in use.
    """
    if not is_study(study.folder):
        raise RunError(f"{study.folder} is there and is not a study: choose another folder by --output")
    with kept_in(study.folder):
        yield from _stages(study)


def _stages(study: Study) -> Iterator[tuple[str, dict[str, Any]]]:
    durable.make(study.folder)
    lock = Lock(study.folder)
    lock.take()
    try:
        for name, stage in STAGES.items():
            before = study.elapsed()
            stage(study)
            study.seconds[name] = round(study.elapsed() - before, 2)
            yield name, write(study, "running")
        yield "all", write(study, "complete")
    except BaseException:
        if study.rows or study.absent:
            write(study, "interrupted")
        elif is_free(study.folder):
            durable.delete(study.folder)
        raise
    finally:
        lock.free()
