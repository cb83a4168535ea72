"""What a study came to, as it is written: tune.json, trials.csv and tuned.yaml."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ftcli.config.dump import dump_experiment
from ftcli.runs.directory import RunDirectory
from ftcli.runs.experiment_checks import load_checked
from ftcli.runs.resume_guard import load_run_experiment
from ftcli.studies.trials import OWN
from ftcli.studies.tuning.beginning import START
from ftcli.studies.tuning.finals import Finals, Verdict
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.study import RESULT, Study
from ftcli.system import durable

TABLE, TUNED = "trials.csv", "tuned.yaml"
_RUNGS = ("val_1", "val_2", "val_3")


@dataclass(frozen=True, slots=True)
class Result:
    """A study, finished or not. `summaries` are those of the runs that it leaves, by the numbers of their trials.

    Without the run of the default it is not finished: there was no time for it, and `--resume` gives more.
    """

    study: Study
    seconds: float
    verdict: Verdict | None = None
    summaries: Mapping[int, Mapping[str, Any]] | None = None
    # The time and the trials that were asked for.
    asked: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """tune.json."""
        study, verdict = self.study, self.verdict
        done = verdict is not None and 0 in (self.summaries or {})
        records = [one for one in study.journal.records() if one.failed != "surplus"]
        rows = [self._row(one) for one in records]
        folder = study.folder
        return {
            "name": study.facts.name,
            "finished": verdict is not None and verdict.final,
            "metric": study.facts.metric,
            "lower_is_better": study.sign < 0,
            "validation_examples": study.facts.validated,
            "chosen": verdict.chosen if verdict else None,
            "replaced": bool(verdict and verdict.chosen),
            "reason": verdict.reason if verdict else None,
            "differences": [asdict(one) for one in verdict.differences] if verdict else [],
            "tuned": str(folder / TUNED) if done else None,
            "run": str(study.folder_of(verdict.chosen)) if verdict and done else None,
            "test": {str(number): one.get("test") for number, one in (self.summaries or {}).items()},
            "searched": [one.key for one in study.facts.space],
            "importance": study.journal.importances(),
            "heads": study.heads(),
            "steps": self._steps(rows),
            "seconds": round(self.seconds, 1),
            "asked": dict(self.asked),
            "needed_seconds": round(verdict.needed, 1) if verdict and verdict.needed else None,
            "trials": rows,
        }

    def write(self) -> dict[str, Any]:
        """Write the files; gives tune.json. Raises `OSError`."""
        document, folder = self.document(), self.study.folder
        if self.verdict is not None and document["tuned"]:
            durable.write_text(folder / TUNED, dump_experiment(self._tuned(self.verdict.chosen)))
        durable.write_text(folder / TABLE, _table(document["trials"]))
        durable.write_text(folder / RESULT, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return document

    def _tuned(self, number: int) -> Any:
        """The experiment of a trial, with what a trial leaves out of the user's own."""
        began = load_run_experiment(RunDirectory(self.study.folder_of(number)))
        asked = load_checked(self.study.folder / START).training
        training = replace(began.training, **{key: getattr(asked, key) for key in OWN})
        return replace(began, output=None, training=training)

    def _row(self, record: Record) -> dict[str, Any]:
        study, rungs = self.study, record.rungs
        again = {
            seed: held.figures[study.facts.metric]
            for seed, held in Finals(study).results(record.number).items()
        }
        planned = round(rungs[-1].step / rungs[-1].share) if rungs else None
        return {
            "trial": record.number,
            "freeze": str(record.point.get("freeze", study.facts.policy)),
            "changes": study.changes(record.point) if record.number else [],
            "val": [one.best if one.finished else one.metric for one in rungs],
            "again": again,
            "finished": record.finished,
            "failed": record.failed,
            "share": rungs[-1].share if rungs else 0.0,
            "steps": rungs[-1].step if rungs else 0,
            "computed": study.computed(record.number),
            "planned": planned,
            "seconds": round(sum(one.seconds for one in rungs), 1),
        }

    def _steps(self, rows: list[dict[str, Any]]) -> dict[str, int]:
        run = sum(row["computed"] for row in rows)
        reached = sum(self._reached(row) for row in rows)
        planned = sum(row["planned"] or 0 for row in rows)
        return {"run": run, "saved": max(0, planned - run), "repeated": max(0, run - reached)}

    def _reached(self, row: Mapping[str, Any]) -> int:
        """The steps that a trial has behind it, those behind its last rung included."""
        newest = RunDirectory(self.study.folder_of(row["trial"])).checkpoints
        steps = [_step(one) for one in newest.glob("epoch-*")]
        return max([int(row["steps"]), *steps])


def _step(checkpoint: Path) -> int:
    try:
        return int(json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))["progress"]["step"])
    except (*durable.UNREADABLE, KeyError, TypeError):
        return 0


def _table(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    names = [name for name in (rows[0] if rows else {}) if name not in ("val", "again")]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*names, *_RUNGS, "again"])
    for row in rows:
        values = [" ".join(value) if isinstance(value := row[name], list) else value for name in names]
        rungs = [*row["val"], *[""] * len(_RUNGS)][: len(_RUNGS)]
        again = " ".join(f"{value:.6g}" for value in row["again"].values())
        writer.writerow(["" if one is None else one for one in (*values, *rungs, again)])
    return text.getvalue()
