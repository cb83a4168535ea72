"""What a run began with, and whether its experiment.yaml still says it.

A resumed run ends as it would have ended only if what decides its result is what it was. So the experiment is kept in
environment.json at the start, too, and an edit of experiment.yaml is refused, but for keys that do not decide what is
learned from one step to the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ftcli.config.dump import plain
from ftcli.config.load import load_experiment
from ftcli.config.places import join
from ftcli.config.schema import Experiment
from ftcli.errors import RunError
from ftcli.runs.assembly import freeze_policy
from ftcli.runs.directory import RunDirectory
from ftcli.runs.names import NAMES

FREE = frozenset(
    {
        # where the examples are, and how they are read: that they are the same is checked by what they are
        *("data.source", "data.train", "data.val", "data.test", "data.root", "data.mask", "data.download"),
        "data.keep",  # nothing that is learned depends on it
        *("data.workers", "data.cache.keep", "data.cache.folder", "data.cache.limit_gb"),
        # how long, on what, and how it is watched
        *(
            "training.epochs",
            "training.time",
            "training.early_stop",
            "training.device",
            "training.compile",
            "training.shard",
        ),
        *("training.save_every", "training.save_steps", "training.save_minutes", "training.keep_state"),
        *("training.log_every", "training.tensorboard", "training.trackers"),
        # what only predictions ask for, and what a run that has its directory no longer asks for
        *("model.score_threshold", "output"),
    }
)


def load_run_experiment(directory: RunDirectory, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment of an earlier run, every key spelled out, and `overrides` applied."""
    return load_experiment(directory.path / "experiment.yaml", overrides, names=NAMES)


def load_to_resume(directory: RunDirectory, overrides: Sequence[str] = ()) -> tuple[Experiment, list[str]]:
    """The experiment of a run to go on with, and sentences about what is not as it was when the run began.

    Raises `RunError` where that may not be another.
    """
    experiment = load_run_experiment(directory, overrides)
    began = directory.environment().get("experiment")
    edits = differences(began, experiment) if isinstance(began, Mapping) else {}
    fixed = [key for key in edits if not _free(key, experiment)]
    if fixed:
        places = experiment.places
        lines = [str(places.mistake(key, edits[key] + _why(key, experiment))) for key in fixed]
        advice = (
            f"{directory.path} cannot go on otherwise than it began. Put this back, or start a new run from it: "
            f"{directory.as_weights}"
        )
        raise RunError("\n".join([*lines, advice]))
    return experiment, [f"{key} {what}{_since(key)}" for key, what in edits.items()]


def differences(began: Mapping[str, Any], experiment: Experiment) -> dict[str, str]:
    """What is another than it was, by key: "was 3 and is 5"."""
    new, defaults = _values(experiment), _values(Experiment())
    # A key that is newer than the run had its default there.
    old = {key: value for key, value in defaults.items() if new.get(key) == value} | dict(flat(began))
    keys = [*new, *(key for key in old if key not in new)]
    return {
        key: f"was {_shown(old.get(key))} and is {_shown(new.get(key))}"
        for key in keys
        if old.get(key) != new.get(key)
    }


def extendable(experiment: Experiment) -> bool:
    """Whether the freezing policy does in past epochs what it would have done with more epochs to follow."""
    return experiment.freeze is None or freeze_policy(experiment).extendable


def _free(key: str, experiment: Experiment) -> bool:
    if key == "training.epochs" and not extendable(experiment):
        return False
    return any(key == one or key.startswith(f"{one}.") for one in FREE)


def _why(key: str, experiment: Experiment) -> str:
    policy = experiment.freeze if key == "training.epochs" else None
    return "" if policy is None else f", on which freeze: {policy.name} depends"


def _since(key: str) -> str:
    judges = key == "training.early_stop.min_delta"
    return ", and judges the evaluations from here on" if judges else ""


def _values(experiment: Experiment) -> dict[str, Any]:
    """The value of every key, as JSON has it."""
    return dict(flat(json.loads(json.dumps(plain(experiment)))))


def flat(values: Mapping[str, Any], around: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a tree of sections by their dotted keys."""
    for name, value in values.items():
        key = join(around, name)
        if isinstance(value, Mapping):
            yield from flat(value, key)
        else:
            yield key, value


def _shown(value: Any) -> str:
    return "left out" if value is None else json.dumps(value, ensure_ascii=False)
