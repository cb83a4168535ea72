"""Runs whose log grows, as trackers see them, and what each tool then has, by the reader of the tool itself."""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.report.making import ENVIRONMENT, YAML, metric_lines, write_json

# The points of each series: (step, value).
Series = dict[str, list[tuple[int, float]]]
NAMES = {
    "loss": "train/loss",
    "lr": "train/lr",
    "epoch": "epoch",
    "train_loss": "train/epoch_loss",
    "val_loss": "val/loss",
    "val_accuracy": "val/accuracy",
    "examples_per_second": "train/examples_per_second",
}


def begin(path: Path) -> Path:
    """A run before its first step."""
    path.mkdir(parents=True, exist_ok=True)
    write_json(path / "environment.json", ENVIRONMENT)
    (path / "experiment.yaml").write_text(YAML, encoding="utf-8")
    return path


def grow(path: Path, lines: Sequence[dict[str, Any]], whole: bool = True) -> None:
    """Add lines to the log; without `whole` the last one is half written."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    with (path / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(text if whole else text[: -len(text) // (2 * len(lines))])


def finish(path: Path) -> None:
    """End the run."""
    summary = {
        "best_epoch": 2,
        "metric": "accuracy",
        "val": {"accuracy": 0.75, "loss": 0.5},
        "test": {"accuracy": 0.7},
    }
    write_json(path / "summary.json", summary)
    (path / "report.html").write_text("<p>a report", encoding="utf-8")


def lines(epochs: int = 3, steps: int = 4) -> list[dict[str, Any]]:
    """Lines of a log."""
    return metric_lines(epochs, steps, head=1)


def logged(path: Path) -> Series:
    """What the log says."""
    found: Series = defaultdict(list)
    for text in (path / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        for key, name in NAMES.items() if "note" not in line else ():
            if key in line and line["step"] not in dict(found[name]):
                found[name].append((line["step"], float(line[key])))
    return dict(found)


def with_best(path: Path) -> Series:
    """What the log and the summary say."""
    found, summary = logged(path), json.loads((path / "summary.json").read_text(encoding="utf-8"))
    last = max(step for step, _ in found["epoch"])
    best = {"best/epoch": summary["best_epoch"]}
    best |= {f"best/{split}/{key}": one for split in ("val", "test") for key, one in summary[split].items()}
    return found | {name: [(last, float(value))] for name, value in best.items()}


def in_tensorboard(path: Path) -> Series:
    """What TensorBoard has."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(path / "tensorboard"), {"scalars": 0})
    events.Reload()
    found = {tag: [(one.step, one.value) for one in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    # Of a series that has gone the name stays.
    return {tag: points for tag, points in found.items() if points}


def runs_in_mlflow(path: Path) -> list[Any]:
    """The runs that MLflow has and that are not deleted."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{path.parent / 'mlflow.db'}")
    return list(client.search_runs([one.experiment_id for one in client.search_experiments()]))


def in_mlflow(path: Path) -> Series:
    """What MLflow has, of one run."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{path.parent / 'mlflow.db'}")
    (run,) = runs_in_mlflow(path)
    history = {key: client.get_metric_history(run.info.run_id, key) for key in run.data.metrics}
    return {key: sorted((one.step, one.value) for one in points) for key, points in history.items()}


def records(path: Path) -> list[Any]:
    """The records of the one offline run of W&B: a log as LevelDB writes it, of W&B's own messages."""
    import wandb
    from wandb.proto.wandb_internal_pb2 import Record

    wandb.teardown()  # another process writes, and this waits for it
    (file,) = path.glob("wandb/offline-run-*/run-*.wandb")
    content = file.read_bytes()
    assert content[:4] == b":W&B"
    return [Record.FromString(one) for one in _leveldb(content)]


def _leveldb(content: bytes) -> Iterator[bytes]:
    """The records of a log: blocks of 32 KiB, in which parts begin with a checksum, their length and their kind."""
    place, parts, header, block = 7, b"", 7, 1 << 15
    while place + header <= len(content):
        if (left := block - place % block) < header:
            place += left
            continue
        _, length, kind = struct.unpack("<IHB", content[place : place + header])
        if not kind:
            return
        parts += content[place + header : place + header + length]
        place += header + length
        if kind in (1, 4):  # whole, or the last part
            yield parts
            parts = b""


def in_wandb(path: Path) -> Series:
    """What W&B has."""
    found: Series = defaultdict(list)
    for record in records(path):
        if record.WhichOneof("record_type") == "history":
            items = {
                one.key or "/".join(one.nested_key): json.loads(one.value_json) for one in record.history.item
            }
            for name, value in items.items():
                if not name.startswith("_"):
                    found[name].append((int(items["_step"]), float(value)))
    return dict(found)


def in_trackio(path: Path) -> Series:
    """What Trackio has."""
    from trackio.sqlite_storage import SQLiteStorage

    found: Series = defaultdict(list)
    for row in SQLiteStorage.get_logs("ftcli", path.name):
        for name, value in row.items():
            if name not in ("step", "timestamp"):
                found[name].append((row["step"], float(value)))
    return dict(found)


def killed_and_retrained(path: Path, tracker: str, *, same: bool) -> None:
    """Send a log and no end; take the log back, and train to the end: with the `same` figures or others."""
    from ftcli.trackers.replaying import Replaying

    trained = lines()
    grow(path, trained[:3])
    sending = Replaying(path, tracker)
    sending.begin()
    grow(path, trained[3:7])
    sending.more()
    sending.close()
    (path / "metrics.jsonl").unlink()
    changed = [{**line, **({} if same else {"lr": line["lr"] * 1.5})} for line in trained[4:]]
    grow(path, [*trained[:4], *changed])
    finish(path)


def truncated(points: Series) -> Series:
    """The points as 32-bit floats, which TensorBoard keeps."""
    pack = struct.Struct("f")
    return {
        name: [(step, pack.unpack(pack.pack(one))[0]) for step, one in some] for name, some in points.items()
    }
