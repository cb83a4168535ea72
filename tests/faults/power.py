"""Power is lost at any moment of a real run, and what may be on the disk then is judged by what reads runs."""

from __future__ import annotations

import copy
import math
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.config.load import load_experiment
from ftcli.errors import UserError
from ftcli.runs.checkpoints import naming, retention, storage
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import load_run_experiment
from ftcli.system import durable
from tests.faults.disk import Change, Disk, Pool, Tree, journal
from tests.faults.experiments import differences, fingerprint, prepare
from tests.faults.trials import Trial
from tests.faults.zygote import Zygote

RUN = "runs/x"
DROPPED = (storage.TRAINING, durable.MANIFEST)  # what changes in a checkpoint when a run has ended
OTHERS = ("out-0.txt", "err-0.txt", "calls-0.txt")  # of the zygote


@dataclass
class Promise:
    """What a run has said to be on the disk."""

    begun: bool = False
    saved: list[str] = field(default_factory=list)
    finished: bool = False

    def heed(self, mark: str) -> None:
        """Take a mark of the journal."""
        what, _, name = mark.partition(" ")
        if what == "saved":
            self.saved.append(name)
        else:
            setattr(self, what, True)


class Recording:
    """A run from its beginning, or from a state that is on the disk, and all that it changed."""

    def __init__(self, zygote: Zygote, here: Path, *arguments: object) -> None:
        self._loaded: set[bytes | None] = set()  # what loads, for loading takes long
        self._start = Disk(here)
        self.before = _without(self._start.tree())
        path = here.with_name("journal")
        path.unlink(missing_ok=True)
        ended = zygote.recorded(here, path, *arguments)
        assert ended.status == 0, ended.err
        self.changes = list(journal(path))
        self.checkpoints = {name: _below(self.before, f"checkpoints/{name}") for name in _saved(self.before)}
        self.settled: Tree = {}  # what the beginning of a run writes
        disk = copy.deepcopy(self._start)
        for change in self.changes:
            if change.what == "mark":
                self._note(change.path, disk.tree())
            else:
                disk.apply(change)
        self.settled = self.settled or _settled(self.before)
        self.end = _without(disk.tree())
        # What the journal does not know of would be taken to be safe.
        there = _without(Disk(here).tree())
        unknown = sorted(
            path for path in there.keys() | self.end.keys() if there.get(path, 0) != self.end.get(path, 0)
        )
        assert not unknown, f"the journal does not know all changes of {unknown}"

    def _note(self, mark: str, tree: Tree) -> None:
        what, _, name = mark.partition(" ")
        if what == "saved":
            self.checkpoints[name] = _below(tree, f"checkpoints/{name}")
        elif what == "begun":
            self.settled = _settled(tree)

    def states(self, limit: int, chance: random.Random, every: int) -> Iterator[tuple[str, Promise, Tree]]:
        """A moment, what was promised before it, and what may be there, for one moment in `every`."""
        disk = copy.deepcopy(self._start)
        promise = Promise(f"{RUN}/experiment.yaml" in self.before, _saved(self.before))
        end = Change("mark", 0, 0, "end", "", b"")
        for index, change in enumerate([*self.changes, end]):
            if index % every == 0 or change is end:
                where = f"before change {index}, {change.what} {change.path.rpartition(RUN)[2]}"
                for tree in disk.remains(limit, chance):
                    yield where, promise, _without(tree)
            if change.what == "mark":
                promise.heed(change.path)
            else:
                disk.apply(change)

    def judge(self, place: Path, tree: Tree, promise: Promise) -> list[str]:
        """What is wrong with a tree that is real in `place`."""
        path = place / RUN
        try:
            if not (path / "experiment.yaml").exists():
                return self._judge_no_run(place, promise)
            directory = RunDirectory.existing(path)
            if (text := tree[f"{RUN}/experiment.yaml"]) not in self._loaded:
                load_run_experiment(directory)
                self._loaded.add(text)
            directory.target()
            wrong = self._judge_beginning(directory, tree)
            wrong += self._judge_checkpoints(directory, tree, promise)
            return wrong + self._judge_end(directory, tree, promise)
        except (UserError, OSError, ValueError, KeyError) as error:
            return [f"{type(error).__name__}: {error}"]

    def _judge_beginning(self, directory: RunDirectory, tree: Tree) -> list[str]:
        """It is as it was when this recording began, a finished run perhaps, or as this recording has settled it."""
        if _settled(tree) == self.settled:
            return []
        if _settled(tree) != _settled(self.before):
            return ["the beginning of the run is torn"]
        return [] if directory.summary() else ["it has no summary any more, and does not say that it goes on"]

    def _judge_no_run(self, place: Path, promise: Promise) -> list[str]:
        """Nothing was promised, and the run may be started as at first."""
        wrong = ["the run is gone"] if promise.begun else []
        (place / "x.yaml").write_text(
            f"task: image-classification\ndata: x\nmodel: y\noutput: {place / RUN}\n"
        )
        RunDirectory.choose(load_experiment(place / "x.yaml"), "x")
        return wrong

    def _judge_checkpoints(self, directory: RunDirectory, tree: Tree, promise: Promise) -> list[str]:
        if not naming.found(directory.checkpoints):
            directory.metrics.rewind(0)
            return ["all checkpoints are gone"] if promise.saved else []
        path, saved, wrong = retention.latest(directory.checkpoints)
        names = list(self.checkpoints)
        allowed = names[max(len(promise.saved) - 1, 0) : len(promise.saved) + 1]
        if path.name not in allowed:
            wrong.append(f"the newest is {path.name}, not one of {allowed}")
        best = saved.state["progress"]["best_epoch"]
        if best is not None and retention.best(directory.checkpoints).name != naming.name(best):
            wrong.append(f"the best, of epoch {best}, is gone")
        for one in naming.found(directory.checkpoints):
            found, written = _below(tree, f"checkpoints/{one.name}"), self.checkpoints[one.name]
            if found != written and not (directory.summary() and _dropped(one, found, written)):
                wrong.append(f"{one.name} is torn")
        wrong += directory.metrics.check(saved.metrics_bytes, saved.metrics_sha256)
        directory.metrics.rewind(saved.metrics_bytes)
        there, whole = (one.get(f"{RUN}/metrics.jsonl") or b"" for one in (tree, self.end))
        if there[: saved.metrics_bytes] != whole[: saved.metrics_bytes]:
            wrong.append("metrics.jsonl is torn before the checkpoint")
        return wrong

    def _judge_end(self, directory: RunDirectory, tree: Tree, promise: Promise) -> list[str]:
        if not directory.summary():
            return ["the summary is gone"] if promise.finished else []
        names = [f"{RUN}/summary.json", f"{RUN}/metrics.jsonl"]
        if not promise.finished and all(tree.get(name) == self.before.get(name) for name in names):
            return []  # as it was before it went on
        return [f"it looks finished, and {name} is not" for name in names if tree.get(name) != self.end[name]]


def _dropped(folder: Path, there: Tree, written: Tree) -> bool:
    """Whether a checkpoint is whole, and all that was written but for what only training needs."""
    try:
        durable.verify(folder)
    except durable.DamageError:
        return False
    rest = [
        {
            name: content
            for name, content in one.items()
            if name not in DROPPED and not durable.is_temporary(Path(name))
        }
        for one in (there, written)
    ]
    return rest[0] == rest[1]


def losses(
    zygote: Zygote,
    root: Path,
    extra: Sequence[str] = (),
    more: Sequence[str] = (),
    *,
    limit: int,
    moments: int | None = None,
    resumed: int = 0,
    seed: int = 0,
) -> Iterator[Trial]:
    """The states that a loss of power may leave of a run, and of `resumed` runs that went on from such a state.

    These also end as a run that was never disturbed. With `more` the states are those of the finished run that goes on
    with these overrides. `limit` bounds the states of one moment; all moments of a run are
    tried, or so many.
    """
    chance = random.Random(seed)
    config, here = prepare(root / "data", "text"), root / "here"
    here.mkdir()
    begin = ("train", config, f"output={RUN}", "data.cache=none", *extra)
    pool, picked = Pool(root / "state"), list[Tree]()
    recording = Recording(zygote, here, *begin)
    if more:
        recording = Recording(zygote, here, "train", "--resume", RUN, *more)
    wanted = fingerprint(here / RUN)
    yield from _judged(recording, pool, limit, chance, moments, picked)
    for tree in chance.sample(picked, resumed):
        shutil.rmtree(here)
        Pool(here).write(tree)
        begun = f"{RUN}/experiment.yaml" in tree
        recording = Recording(zygote, here, *(("train", "--resume", RUN) if begun else begin))
        differing = differences(wanted, fingerprint(here / RUN))
        yield Trial("went on", [], [f"{one} differs" for one in differing])
        yield from _judged(recording, pool, limit, chance, moments, [])


def _judged(
    recording: Recording,
    pool: Pool,
    limit: int,
    chance: random.Random,
    moments: int | None,
    picked: list[Tree],
) -> Iterator[Trial]:
    """The states of a recording that were not seen before; those that no run was finished in are `picked`."""
    every = math.ceil(len(recording.changes) / moments) if moments else 1
    for where, promise, tree in recording.states(limit, chance, every):
        if pool.is_new(tree, (promise.begun, len(promise.saved), promise.finished)):
            pool.write(tree)
            yield Trial(where, [], recording.judge(pool.place, tree, promise))
            shutil.rmtree(pool.place)
            if f"{RUN}/summary.json" not in tree:
                picked.append(tree)


def _without(tree: Tree) -> Tree:
    return {path: content for path, content in tree.items() if path not in OTHERS}


def _below(tree: Tree, folder: str) -> Tree:
    start = f"{RUN}/{folder}/"
    return {path.removeprefix(start): content for path, content in tree.items() if path.startswith(start)}


def _saved(tree: Tree) -> list[str]:
    names = {path.split("/")[0] for path in _below(tree, "checkpoints")}
    return sorted(name for name in names if naming.is_name(name))


def _settled(tree: Tree) -> Tree:
    """What a run never changes after it has begun."""
    return _below(tree, "model") | {
        name: tree.get(f"{RUN}/{name}") for name in ("experiment.yaml", "environment.json", "data.json")
    }
