"""The bench's own arithmetic, its memory watch, its data, and that each contestant answers its command line."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.load import load_experiment

BENCH = Path(__file__).parents[1] / "scripts" / "bench"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`scripts/bench/run.py` as a module."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("run")


def outcome(run: Any, seconds: float, anonymous: int | None = 10**8) -> Any:
    return run.Outcome(seconds, 0.5, 100 / seconds, 2 * 10**8, anonymous)


def cells(table: str) -> dict[str, list[str]]:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {row[0]: row[1:] for row in rows}


def test_a_figure_is_the_median_of_the_runs(run: Any) -> None:
    middle = run.middle([outcome(run, 9.0), outcome(run, 1.0), outcome(run, 2.0, None)])
    assert middle.seconds == 2.0
    assert middle.examples_per_second == 50.0
    assert middle.anonymous == 10**8


def test_one_failed_run_is_not_averaged_away(run: Any) -> None:
    failure = run.Failure("failed, see x.log")
    assert run.middle([outcome(run, 1.0), failure, outcome(run, 2.0)]) == failure


def test_times_are_compared_with_the_limit_and_with_ours(run: Any) -> None:
    names = ("limit", "ours", "keras")
    outcomes = {name: [outcome(run, seconds)] for name, seconds in zip(names, (2.0, 4.0, 8.0), strict=True)}
    rows = cells(run.table(outcomes | {"fastai": [run.Failure("fastai not installed")]}))
    assert rows["keras"][:3] == ["8.0", "4.00", "2.00"]
    assert rows["ours"][:3] == ["4.0", "2.00", "1.00"]
    assert rows["keras"][5:] == ["200", "100", "1"]
    assert rows["fastai"][:2] == ["fastai not installed", ""]
    assert len({len(row) for row in rows.values()}) == 1


def test_without_the_limit_there_is_no_ratio_to_it(run: Any) -> None:
    assert cells(run.table({"ours": [outcome(run, 3.0)]}))["ours"][:3] == ["3.0", "", "1.00"]


def test_growth_is_compared_with_the_first_scale(run: Any) -> None:
    rows = cells(run.growth_table({1: outcome(run, 2.0), 16: outcome(run, 20.0, 110_000_000)}))
    assert rows["16x"] == ["20.0", "10.00", "110", "1.10"]


def test_a_missing_package_is_no_failure(run: Any) -> None:
    absent = run.Contestant("x.py", ("no_such_package_anywhere",))
    assert run.absent(absent, "full-text") == "no_such_package_anywhere not installed"
    assert run.absent(run.CONTESTANTS["keras"], "full-text") == "does not do this"
    assert run.absent(run.CONTESTANTS["limit"], "full-text") is None


def test_a_second_run_of_ours_directly_follows_the_first(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    only = ["--only", "ours, again", "--only", "keras", "--only", "ours"]
    assert run.parse(only).only == ["ours", "ours, again", "keras"]
    with pytest.raises(SystemExit):
        run.parse(["--only", "ours, again"])
    assert "needs the cache" in capsys.readouterr().err


def test_the_watch_sees_time_status_and_the_memory_of_children(run: Any, tmp_path: Path) -> None:
    hold = "import time; held = b'x' * 60_000_000; time.sleep(0.6)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}]); print('done'); sys.exit(3)"
    seen = run.watch([sys.executable, "-c", parent], tmp_path / "log", os.environ)
    assert seen.status == 3
    assert seen.seconds > 0.6
    assert (tmp_path / "log").read_text() == "done\n"
    if sys.platform == "linux":
        assert 60e6 < seen.anonymous < 200e6
        assert seen.resident > seen.anonymous


def test_generated_data_are_the_same_every_time(run: Any, tmp_path: Path) -> None:
    material = run.material
    for name in ("a", "b"):
        material.make_images(tmp_path / name, side=32, each=(2, 1))
        material.make_texts(tmp_path / name, each=(20, 5))
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 5 * 3 + 2
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


def test_four_times_the_data_is_four_times_the_training_examples(run: Any, tmp_path: Path) -> None:
    run.material.make_images(tmp_path, scale=4, side=16, each=(1, 1))
    assert len(list(tmp_path.glob("train/*/*.jpg"))) == 20
    assert len(list(tmp_path.glob("val/*/*.jpg"))) == 5


def test_the_readers_texts_and_images_are_split(run: Any, tmp_path: Path) -> None:
    source = tmp_path / "texts.tsv"
    source.write_text("text\tlabel\n" + "".join(f'say "{n}\t{n % 2}\n' for n in range(10)))
    folder = run.material.split_texts(source, tmp_path / "texts")
    assert len((folder / "train.tsv").read_text().splitlines()) == 1 + 8
    assert (folder / "val.tsv").read_text().splitlines() == ["text\tlabel", 'say "4\t0', 'say "9\t1']

    run.material.make_images(tmp_path / "made", side=16, each=(5, 1))
    split = run.material.split_images(tmp_path / "made" / "train", tmp_path / "links")
    assert len(list(split.glob("train/*/*.jpg"))) == 20
    assert len(list(split.glob("val/*/*.jpg"))) == 5
    assert run.material.split_images(tmp_path / "made", tmp_path / "unused") == tmp_path / "made"


@pytest.mark.parametrize(
    "script",
    ["limit", "ours", "tutorial", "trainer", "lightning_loop", "fastai_loop", "keras_loop"],
)
def test_every_contestant_knows_the_command_line(run: Any, script: str) -> None:
    """It is read before anything heavy is imported, so a wrong one is answered without the peer being there."""
    assert f"{script}.py" in {contestant.script for contestant in run.CONTESTANTS.values()}
    options = run.parse(["--image-weights", "w.pth", "--only", "limit"])
    contestant = run.Contestant(f"{script}.py", flag="--again")
    command = run.command(contestant, "frozen-images", options, Path("data"), Path("out.json"))
    helped = subprocess.run([*command, "--help"], capture_output=True, text=True, check=False)
    assert helped.returncode == 0, helped.stderr
    wrong = subprocess.run([*command, "--epochz", "3"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "unrecognized arguments: --epochz" in wrong.stderr


def test_ours_writes_what_the_schema_takes(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ours, contest = importlib.import_module("ours"), importlib.import_module("contest")
    (tmp_path / "config.json").write_text(json.dumps({"num_hidden_layers": 6}))
    for name in contest.WORKS:
        line = ["ours.py", "--work", name, "--data", "d", "--model", str(tmp_path), "--epochs", "2"]
        monkeypatch.setattr(sys, "argv", [*line, "--batch-size", "4", "--out", "o", "--again"])
        order = contest.parse("")
        file = tmp_path / f"{name}.yaml"
        file.write_text(json.dumps(ours.experiment(order, tmp_path / "run")))  # JSON is YAML
        experiment = load_experiment(file)
        assert experiment.optimizer is not None
        assert experiment.optimizer.options["lr"] == 2 * order.work.rate
        assert experiment.data.batch_size == 4
        if name == "partial-text":
            assert ours.freezing(order) == 5  # the embeddings and 4 of 6 layers


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`scripts/bench/stopping.py` as a module."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("stopping")


def test_a_rule_of_stopping_loses_what_comes_after_it(stopping: Any) -> None:
    late = stopping.Curve("late", (0.5, 0.6, 0.6, 0.6, 0.6, 0.9, 0.8, 0.8, 0.8, 0.8), 100)
    assert stopping.replay(stopping.patience(3), late) == (pytest.approx(0.3), 0.5)
    assert stopping.replay(stopping.patience(5), late) == (0.0, 1.0)
    assert stopping.replay(stopping.patience(4), late) == (0.0, 1.0)
    slow = stopping.Curve("slow", tuple(0.5 + 0.001 * epoch for epoch in range(20)), 100)
    # A gain below a quarter of a standard error counts as none, until it adds up to more.
    assert stopping.replay(stopping.ours(), slow)[1] == 0.25
    assert stopping.replay(stopping.ours(errors=0.0), slow) == (0.0, 1.0)


def test_curves_are_read_from_the_files_of_runs(stopping: Any, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "summary.json").write_text('{"metric": "mse", "lower_is_better": true}')
    (tmp_path / "data.json").write_text('{"val": {"examples": 50}}')
    lines: list[dict[str, Any]] = [
        {"step": 10, "epoch": 1, "loss": 1.0},
        {"epoch": 0, "val_mse": 9.0, "val_loss": 9.0},
    ]
    lines += [{"epoch": epoch, "val_mse": 1.0 / epoch, "val_loss": 1.0} for epoch in (1, 2, 4)]
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert stopping.read(path) == (tmp_path.name, (-1.0, -0.5, -0.25), 50)
    stopping.main([str(path)])
    assert "patience 5" in capsys.readouterr().out


def test_the_search_strategies_answer_their_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    tuning = importlib.import_module("tuning")
    figures = {"split": "test", "metric": "accuracy", "figure": 0.5, "trials": 3}
    monkeypatch.setattr(tuning, "STRATEGIES", dict.fromkeys(tuning.STRATEGIES, lambda *given: figures))
    output = tmp_path / "found.json"
    assert (
        tuning.main(["x.yaml", "--seeds", "2", "--strategies", "ours", "tpe", "--output", str(output)]) == 0
    )
    rows = json.loads(output.read_text(encoding="utf-8"))
    assert [(row["strategy"], row["seed"]) for row in rows] == [
        ("ours", 0),
        ("ours", 1),
        ("tpe", 0),
        ("tpe", 1),
    ]
    assert "ours     0.5000  [0.5, 0.5]" in capsys.readouterr().out


def test_the_regret_of_a_rule_is_read_off_the_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    rates = importlib.import_module("rates")
    results = rates.Results(tmp_path / "results.jsonl")
    for factor, figure in zip(rates.GRID, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.5, 0.4, 0.1), strict=True):
        results.add(("cnn", 0, "grid", factor), figure)
    flat = [[10.0**power for power in range(-3, 4)], [2.0] * 7]
    results.add(("cnn", 0, "curves"), {"curves": [flat], "travel": 100.0, "seconds": 1.0})
    again = rates.Results(tmp_path / "results.jsonl")
    assert rates.regrets(again, "cnn")["usual"] == pytest.approx([10.0])  # 0.5 at 1, and 0.6 at 3
    assert rates.regrets(again, "cnn")["ours"] == pytest.approx([10.0])
    assert rates.regrets(again, "text") == {}
    assert "10.00" in rates.table(again)
