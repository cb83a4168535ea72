"""Sounds that are classified, written down and spoken, from a YAML file to the answers, as a user walks it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile
import torch

from ftcli.models.pretrained.weights import read_weights
from ftcli.runs.checkpoints import retention
from tests.resuming import check_resumes
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import sounds
from tests.tiny import speech as tiny

DATA = """\
data:
  source: recordings
  pattern: "{number}_{speaker}_{index}.wav"
  class_names: [low, high]
  test: index == 0
  val: index == 1
  batch_size: 4
"""
TASKS = {
    "classes": "task: audio-classification\n" + DATA + "  label: number\n",
    "writing": "task: speech-recognition\n" + DATA + "  target: number\n",
    "speaking": "task: speech-synthesis\n" + DATA + "  text: number\n",
}
MODELS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "classes": ("ear", tiny.whisper),
    "writing": ("whisper", tiny.whisper),
    "speaking": ("speecht5", tiny.speecht5),
}


@pytest.fixture
def recordings(workplace: Path) -> Path:
    """Sounds by two speakers, and a YAML file and a network for each task."""
    sounds.named_files(workplace / "recordings", per_class=5)
    torch.manual_seed(0)
    tiny.wav2vec2(workplace / "wav2vec2")
    for name, (model, make) in MODELS.items():
        make(workplace / model)
        (workplace / f"{name}.yaml").write_text(
            f"{TASKS[name]}model: {model}\nfreeze: none\noptimizer: {{lr: 5e-3}}\n"
            "training: {epochs: 3, device: cpu, precision: fp32, seed: 1}\n"
        )
    return workplace


def summary(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "summary.json").read_text())
    return found


def check_eval(ftcli: Command, run: Path, *splits: str) -> None:
    """Evaluation gives the figures of training, to the last digit."""
    for split in splits:
        scored = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", split, "--json"))
        assert {name: scored[name] for name in summary(run)[split]} == summary(run)[split]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# ------------------------------------------------------------------------------------------------- classification


def test_sounds_are_classified(ftcli: Command, recordings: Path) -> None:
    shown = ftcli.ok("train", "classes.yaml", "training.epochs=8")
    assert "12 train, 4 val, 4 test examples; 2 classes" in shown
    run = recordings / "runs" / "classes"
    shutil.rmtree(recordings / "ear")  # a run stands on its own
    assert summary(run)["test"]["accuracy"] == 1.0
    check_eval(ftcli, run, "val", "test")
    ftcli.ok("predict", "--checkpoint", run, "recordings", "--output", "out.csv")
    assert all(
        (row["label"] == "high") == row["id"].split("/")[-1].startswith("1") for row in rows(Path("out.csv"))
    )


def test_features_of_a_frozen_network_that_hears_are_kept(ftcli: Command, recordings: Path) -> None:
    shown = ftcli.ok("train", "classes.yaml", "--verbose", "freeze=backbone")
    assert "of the backbone, frozen in 3 of 3 epochs, kept: " in shown
    again = ftcli.ok("train", "classes.yaml", "freeze=backbone", "data.cache=none", "output=plain")
    assert "nothing: data.cache is none" in again
    kept, plain = (
        read_weights(folder / "checkpoints/epoch-0003/model.safetensors")
        for folder in (recordings / "runs/classes", recordings / "plain")
    )
    assert all(torch.allclose(kept[name], plain[name], atol=1e-5) for name in kept)
    shown = ftcli.ok("train", "classes.yaml", "--verbose", "freeze=1", "output=one")
    assert "features  not kept: The network cannot be cut after 1 blocks" in shown


def test_sounds_are_cut_where_the_user_says(ftcli: Command, recordings: Path) -> None:
    shown = ftcli.ok("train", "classes.yaml", "data.max_seconds=0.05", "--dry-run", "--verbose")
    assert "note: train: 12 of 12 sounds are longer than 0.05 s and cut there" in shown
    shown = ftcli.ok("train", "classes.yaml", "model=whisper", "--dry-run", "--verbose")
    assert "data.max_seconds  0.5" in " ".join(shown.split("data.workers")[1].split(" ")).replace(
        "        ", "  "
    )


# ---------------------------------------------------------------------------------------------------- recognition


@pytest.mark.parametrize("model", ["whisper", "wav2vec2"])
def test_what_is_said_is_written_down(ftcli: Command, recordings: Path, model: str) -> None:
    shown = ftcli.ok(
        "train", "writing.yaml", f"model={model}", "training.epochs=25", "training.early_stop=false"
    )
    assert "12 train, 4 val, 4 test examples; transcripts to write" in shown
    run = recordings / "runs" / "writing"
    shutil.rmtree(recordings / model)
    assert summary(run)["test"] == {"loss": pytest.approx(0, abs=0.5), "wer": 0.0, "cer": 0.0}
    check_eval(ftcli, run, "val", "test")
    ftcli.ok("predict", "--checkpoint", run, "recordings", "--output", "out.csv")
    assert {(row["id"].split("/")[-1][0], row["label"]) for row in rows(Path("out.csv"))} == {
        ("0", "low"),
        ("1", "high"),
    }
    said = [(f"recordings/{name}.wav", "low") for name in ("0_ann_0", "1_bob_1")]
    table = tiny_data.table(
        recordings / "a.csv", [{"audio": file, "transcript": text} for file, text in said]
    )
    scored = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", table, "--json"))
    assert (scored["examples"], scored["wer"]) == (2, 0.5)


def test_settings_of_writing(ftcli: Command, recordings: Path) -> None:
    ftcli.ok("train", "writing.yaml", "generation.beams=3", "training.epochs=1")
    check_eval(ftcli, recordings / "runs" / "writing", "val", "test")
    message = ftcli.refused("train", "writing.yaml", "model=wav2vec2", "generation.beams=3")
    assert "command line: generation: is for networks that write by token, such as whisper" in message


def test_clips_too_short_for_their_words_are_told(ftcli: Command, recordings: Path) -> None:
    shown = ftcli.ok(
        "train",
        "writing.yaml",
        "model=wav2vec2",
        "data.class_names=[low, very high]",
        "--dry-run",
        "--verbose",
    )
    assert "note: train: 6 of 12 sounds are too short for their transcripts, and teach nothing" in shown
    names = "data.class_names=[low, very high and far away indeed]"
    shown = ftcli.ok("train", "writing.yaml", names, "--dry-run", "--verbose")
    assert "note: train: 6 of 12 texts to write have more than 14 tokens, the network's most" in shown


# ------------------------------------------------------------------------------------------------------- synthesis


def test_texts_are_spoken_and_heard(ftcli: Command, recordings: Path) -> None:
    shown = ftcli.ok("train", "speaking.yaml")
    assert "12 train, 4 val, 4 test examples; sounds to make" in shown
    run = recordings / "runs" / "speaking"
    shutil.rmtree(recordings / "speecht5")
    assert {"loss", "spectrogram_distance", "mcd"} <= summary(run)["test"].keys()
    check_eval(ftcli, run, "val", "test")
    table = tiny_data.table(
        recordings / "words.csv", [{"text": "low", "speaker": "bob"}, {"text": "1", "speaker": "ann"}]
    )
    message = ftcli.refused("predict", "--checkpoint", run, "--input", table)
    assert "say where its files go, with --save FOLDER" in message
    shown = ftcli.ok(
        "predict", "--checkpoint", run, "--input", table, "--save", "spoken", "--output", "spoken.csv"
    )
    assert "2 predictions in spoken.csv" in shown
    said = rows(recordings / "spoken.csv")
    assert [(row["id"], row["text"], row["speaker"]) for row in said] == [
        ("1", "low", "bob"),
        ("2", "high", "ann"),
    ]
    for row in said:
        samples, rate = soundfile.read(row["file"])
        assert rate == 16_000
        assert abs(len(samples) / rate - float(row["seconds"])) < 0.02
    ftcli.ok("train", "writing.yaml", "training.epochs=1")
    scored = json.loads(ftcli.ok("eval", "--checkpoint", "runs/writing", "--data", "spoken.csv", "--json"))
    assert scored["examples"] == 2


def test_whoever_is_not_named_speaks_as_the_first(ftcli: Command, recordings: Path) -> None:
    ftcli.ok("train", "speaking.yaml", "training.epochs=1")
    run = recordings / "runs/speaking"
    (recordings / "a.txt").write_text("low\n high\n")
    ftcli.ok("predict", "--checkpoint", run, "low", "a.txt", "--save", "spoken", "--output", "out.csv")
    said = rows(recordings / "out.csv")
    assert [(row["text"], row["speaker"]) for row in said] == [("low", "ann"), ("low high", "ann")]
    assert [Path(row["file"]).name for row in said] == ["low.wav", "a.wav"]
    table = tiny_data.table(recordings / "a.csv", [{"text": "low", "speaker": "bop"}])
    message = ftcli.refused("predict", "--checkpoint", run, "--input", table, "--save", "more")
    assert "'bop' is not a class" not in message
    assert "1: the speaker 'bop' is not in the training split. Did you mean 'bob'?" in message
    message = ftcli.refused("predict", "--checkpoint", run, "low 8!", "--save", "more")
    assert "low 8!: the model has not learned to speak '!', '8'" in message


def test_a_network_may_make_the_sound(ftcli: Command, recordings: Path) -> None:
    tiny.hifigan(recordings / "hifigan")
    ftcli.ok("train", "speaking.yaml", "training.epochs=1", "model.vocoder=hifigan")
    ftcli.ok("predict", "--checkpoint", "runs/speaking", "low", "--save", "spoken", "--output", "out.csv")
    samples, _ = soundfile.read(recordings / "spoken/low.wav")
    assert len(samples) % 16 == 0  # 16 samples for each frame
    assert "gone: no such folder" in ftcli.refused("train", "speaking.yaml", "model.vocoder=./gone")


# ----------------------------------------------------------------------------------------------------- all of them


@pytest.mark.parametrize("name", TASKS)
def test_an_interrupted_run_goes_on_where_it_was(ftcli: Command, recordings: Path, name: str) -> None:
    check_resumes(ftcli, recordings / f"{name}.yaml", "training.epochs=2")


@pytest.mark.parametrize("name", TASKS)
def test_a_run_of_ours_is_where_the_next_begins(ftcli: Command, recordings: Path, name: str) -> None:
    ftcli.ok("train", f"{name}.yaml", "training.epochs=1", "output=first")
    ftcli.ok(
        "train", f"{name}.yaml", "model=first", "training.epochs=1", "optimizer.lr=1e-12", "output=second"
    )
    # What the next one begins with is the best: a probe that no epoch beat, too.
    folders = retention.best(Path("first/checkpoints")), Path("second/checkpoints/epoch-0001")
    first, second = (read_weights(folder / "model.safetensors") for folder in folders)
    assert first.keys() == second.keys()
    new = ("head.", "speakers.")
    counted = ("running_mean", "running_var", "num_batches_tracked")
    kept = [name for name in first if not name.startswith(new) and not name.endswith(counted)]
    assert all(torch.allclose(first[name].float(), second[name].float(), atol=1e-6) for name in kept)
