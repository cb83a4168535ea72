"""Whether a run is finished, trains, can go on, or is damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ftcli.report.state import DAMAGED, FINISHED, INTERRUPTED, TRAINING, standing
from ftcli.system.lock import Lock
from tests.report.making import ENVIRONMENT, add_checkpoint, make_run, metric_lines, write_json


def whole(path: Path) -> Path:
    add_checkpoint(make_run(path))
    return path


def unfinished(path: Path) -> Path:
    """Five of twenty epochs."""
    add_checkpoint(make_run(path, summary=None, outcomes=None, metrics=metric_lines(5)), 5)
    return path


def test_a_whole_run_is_finished(tmp_path: Path) -> None:
    found = standing(whole(tmp_path / "run"))
    assert (found.state, found.detail, str(found)) == (FINISHED, "", "finished")
    assert found.run.best_figure == found.run.headline


def test_a_run_without_a_summary_can_go_on(tmp_path: Path) -> None:
    path = unfinished(tmp_path / "run")
    found = standing(path)
    assert str(found) == "interrupted: 5 of 20 epochs"
    assert found.run.best_figure is not None
    best = max(line["val_accuracy"] for line in metric_lines(5) if "val_accuracy" in line)
    assert (found.run.best_figure.value, found.run.best_figure.low) == (best, None)
    # Without a checkpoint it begins again, and one that is damaged has another before it.
    other = make_run(tmp_path / "other", summary=None, outcomes=None, metrics=[])
    write_json(other / "model/target.json", {})
    assert str(standing(other)) == "interrupted: before its first epoch"
    (add_checkpoint(path, 6) / "state.json").unlink()
    assert standing(path).state == INTERRUPTED


def test_a_run_whose_lock_is_held_trains(tmp_path: Path) -> None:
    path = unfinished(tmp_path / "run")
    (path / "model/target.json").unlink()
    code = (
        "import sys; from pathlib import Path; from ftcli.system.lock import Lock\n"
        "Lock(Path(sys.argv[1])).take(); print('taken', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        assert str(standing(path)) == f"{TRAINING}: 5 of 20 epochs"
        other.communicate("")
    assert standing(path).state == DAMAGED


def test_a_process_may_look_at_its_own_run(tmp_path: Path) -> None:
    lock = Lock(unfinished(tmp_path / "run"))
    lock.take()
    assert standing(tmp_path / "run").state == TRAINING
    assert lock.is_taken()


def lose(name: str) -> Callable[[Path], object]:
    return lambda path: (path / name).unlink()


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda path: (path / name).write_text(text)


@pytest.mark.parametrize(
    ("harm", "detail"),
    [
        (lose("experiment.yaml"), "experiment.yaml is missing"),
        (write("experiment.yaml", "task: [\n"), "experiment.yaml: damaged, not YAML"),
        (write("experiment.yaml", "just words\n"), "experiment.yaml has no task"),
        (write("summary.json", '{"task":'), "summary.json: damaged, not JSON"),
        (lose("model/target.json"), "model/target.json is missing"),
        (lose("checkpoints/epoch-0020/model.safetensors"), "epoch-0020: model.safetensors is missing"),
        (lose("checkpoints/epoch-0020/manifest.json"), "epoch-0020: manifest.json is missing"),
        (
            write("checkpoints/epoch-0020/model.safetensors", "0"),
            "epoch-0020: model.safetensors has 1 bytes, and was written with 1,000",
        ),
        (lambda path: (path / "checkpoints").rename(path / "other"), "checkpoints is empty"),
    ],
)
def test_what_is_damaged_is_said_in_a_few_words(
    harm: Callable[[Path], object], detail: str, tmp_path: Path
) -> None:
    path = whole(tmp_path / "run")
    harm(path)
    found = standing(path)
    assert (found.state, found.detail) == (DAMAGED, detail)


@pytest.mark.parametrize(("version", "detail"), [("0.0.1", "by ftcli 0.0.1"), (None, "by an older ftcli")])
def test_a_run_of_another_version_is_named(version: str | None, detail: str, tmp_path: Path) -> None:
    path = whole(tmp_path / "run")
    write_json(path / "environment.json", {**ENVIRONMENT, "ftcli": version} if version else {})
    found = standing(path)
    assert (found.state, found.detail) == (FINISHED, detail)


@pytest.mark.parametrize(
    ("manifest", "detail"),
    [
        ('{"format": 1, "files": {"a": {"bytes": null, "sha256": ""}}}', "manifest.json cannot be read"),
        ('{"format": 1, "files": {"a": {"bytes": "x", "sha256": ""}}}', "manifest.json cannot be read"),
        (f'{{"format": "{"x" * 9000}"}}', f"manifest.json: format '{'x' * 56}... is not known"),
    ],
)
def test_a_manifest_of_anything_is_damage(manifest: str, detail: str, tmp_path: Path) -> None:
    path = whole(tmp_path / "run")
    (path / "checkpoints/epoch-0020/manifest.json").write_text(manifest)
    found = standing(path)
    assert (found.state, found.detail) == (DAMAGED, f"epoch-0020: {detail}")


@pytest.mark.parametrize("name", ["manifest.json", "model.safetensors"])
def test_a_pipe_in_a_checkpoint_is_damage(name: str, tmp_path: Path) -> None:
    path = whole(tmp_path / "run")
    (path / "checkpoints/epoch-0020" / name).unlink()
    os.mkfifo(path / "checkpoints/epoch-0020" / name)
    assert standing(path).state == DAMAGED
