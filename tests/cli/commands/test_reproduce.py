"""`ftcli reproduce`: the same bits on the same machine; everything that is changed is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.runs.receipts.document import MOST_BYTES, text_of
from ftcli.ship.reproducing.claim import read_claim
from tests.resuming import Stop, timeless
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models
from tests.tiny import sounds
from tests.tiny import speech as tiny_speech

TEXTS = """
task: text-classification
data: {train: reviews.csv, val: 0.25, text: text, label: label, batch_size: 4, max_length: 16}
model: bert
optimizer: {lr: 1e-3}
training: {epochs: 2, device: cpu, precision: fp32, log_every: 1}
"""
IMAGES = """
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32, augment: none, workers: 0}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: start.safetensors}
freeze: backbone
training: {epochs: 2, device: cpu, precision: fp32, log_every: 1}
"""
SOUNDS = """
task: audio-classification
data: {source: clips, val: 0.25, batch_size: 4}
model: ear
training: {epochs: 1, device: cpu, precision: fp32, log_every: 1}
"""


# Fields of a receipt that it gets when the run ends.
OF_RESULTS = ("decided", "figures", "losses", "checkpoint", "interval", "seal")


def texts(folder: Path) -> None:
    tiny_data.table(folder / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(folder / "bert")
    (folder / "my.yaml").write_text(TEXTS)


def images(folder: Path) -> None:
    tiny_data.split_folders(folder / "photos", {"train": 4, "val": 2})
    tiny_models.torchvision_weights(folder / "start.safetensors", "shufflenet_v2_x0_5")
    (folder / "my.yaml").write_text(IMAGES)


def speech(folder: Path) -> None:
    sounds.class_folders(folder / "clips")
    tiny_speech.whisper(folder / "ear")
    (folder / "my.yaml").write_text(SOUNDS)


def trained(ftcli: Command, make: Callable[[Path], None]) -> Path:
    """A finished run of the experiment that `make` makes."""
    make(Path.cwd())
    ftcli.ok("train", "my.yaml", "output=run", "--quiet")
    return Path("run")


def receipt(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "receipt.json").read_text()))


def same_receipts(*runs: Path) -> bool:
    """Whether receipts say the same, but for the time and the name of the run."""
    return len({timeless("receipt.json", (run / "receipt.json").read_bytes()) for run in runs}) == 1


def answered(ftcli: Command, status: int, *arguments: object) -> dict[str, Any]:
    """The answer as JSON, after a check that the same is said to people."""
    result = ftcli("reproduce", *arguments, "--json")
    assert result.status == status, result.err + result.out
    document: dict[str, Any] = json.loads(result.out)
    assert document["status"] == status
    assert document["words"] in result.err
    return document


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused_before_training(ftcli: Command, *arguments: object) -> str:
    """What is said where nothing may be trained: status 4, and no new run."""
    before = sorted(Path().glob("*"))
    found = answered(ftcli, 4, *arguments)
    assert found["verdict"] == "refused"
    assert sorted(Path().glob("*")) == before
    return str(found["problems"])


@pytest.mark.parametrize("make", [texts, images, speech])
def test_the_same_machine_gives_the_same_bits(
    ftcli: Command, make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(ftcli, make)
    assert (run / "receipt.json").stat().st_size <= MOST_BYTES
    before = content(run)
    # What the run has kept in the cache is not there.
    monkeypatch.setenv("FTCLI_CACHE", str(tmp_path / "another"))
    found = answered(ftcli, 0, run)
    assert found["verdict"] == "bits"
    assert found["rerun"] == "run.r1"
    assert found["weights"]["equal"] == found["weights"]["tensors"] > 0
    assert found["losses"]["largest_difference"] == 0
    assert found["losses"]["compared"] > 3
    assert content(run) == before
    assert same_receipts(run, Path("run.r1"))
    # It may be reproduced again, from the cache, and as a reproduction of the reproduction.
    shown = ftcli.ok("reproduce", "run.r1")
    assert "hashes agree" in shown
    assert "REPRODUCED, bit for bit" in shown
    assert (Path("run.r1.r1") / "summary.json").is_file()


def test_a_limit_of_time_decides_what_it_has_decided(ftcli: Command) -> None:
    texts(Path.cwd())
    ftcli.ok("train", "my.yaml", "output=run", "training.epochs=1000", "training.time=3s", "--quiet")
    summary = json.loads(Path("run/summary.json").read_text())
    assert summary["stopped"] == "time is up"
    assert receipt(Path("run"))["decided"] == summary["time"]["decided"] != []
    found = answered(ftcli, 0, "run")
    assert found["verdict"] == "bits"
    again = json.loads(Path("run.r1/summary.json").read_text())
    assert again["time"]["decided"] == summary["time"]["decided"]
    assert (again["stopped"], again["epochs"]) == (summary["stopped"], summary["epochs"])
    # Of a run that has not ended, its newest checkpoint knows.
    open_ended = {key: value for key, value in receipt(Path("run")).items() if key not in OF_RESULTS}
    Path("run/receipt.json").write_text(text_of(open_ended, seal=False))
    claim = read_claim(Path("run"))
    assert (claim.ended, claim.decided) == (False, summary["time"]["decided"])


def test_what_was_changed_is_named_before_anything_is_trained(ftcli: Command) -> None:
    run = trained(ftcli, images)
    Path("alone").mkdir()
    shutil.copy(run / "receipt.json", "alone/mine.json")
    image = next(Path("photos/train").rglob("*.png"))
    pixels = image.read_bytes()
    image.write_bytes(pixels[:-1] + bytes([pixels[-1] ^ 1]))
    assert str(image.absolute()) in refused_before_training(ftcli, run)
    assert f"changed: {image.absolute()}" in refused_before_training(ftcli, "alone/mine.json")
    image.unlink()
    assert f"gone: {image.absolute()}" in refused_before_training(ftcli, run)
    image.write_bytes(pixels)
    shutil.copy(image, image.with_name("more.png"))
    assert "new: " in refused_before_training(ftcli, run)
    image.with_name("more.png").unlink()
    tiny_models.torchvision_weights(Path("start.safetensors"), "shufflenet_v2_x0_5", seed=7)
    assert "start.safetensors" in refused_before_training(ftcli, run)


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [("optimizer.lr", "lr: 1e-3", "lr: 1e-2"), ("training.seed", "seed: 0", "seed: 1")],
)
def test_an_edited_yaml_is_named_by_its_key(ftcli: Command, key: str, old: str, new: str) -> None:
    run = trained(ftcli, texts)
    yaml = run / "experiment.yaml"
    yaml.write_text(yaml.read_text().replace(old, new))
    problem = refused_before_training(ftcli, run)
    was, now = (float(one.partition(": ")[2]) for one in (old, new))
    assert f"{key} was {was:g} and is {now:g}" in problem
    # The receipt itself says what was trained.
    assert answered(ftcli, 0, run / "receipt.json", "--quick", 2)["verdict"] == "bits"


def test_a_receipt_alone_in_another_folder(ftcli: Command) -> None:
    trained(ftcli, images)
    for name in ("photos", "start.safetensors"):
        shutil.move(name, f"moved-{name}")
    Path("alone").mkdir()
    shutil.move("run/receipt.json", "alone/receipt.json")
    shutil.rmtree("run")
    assert "which is not here: --data DIR" in ftcli.refused("reproduce", "alone/receipt.json")
    assert "a folder is wanted" in ftcli.refused("reproduce", "alone/receipt.json", "--data", "nowhere")
    given = ("alone/receipt.json", "--data", "moved-photos")
    assert "start.safetensors" in ftcli.refused("reproduce", *given)
    found = answered(ftcli, 0, *given, "--weights", "moved-start.safetensors")
    assert found["rerun"] == "runs/run.r1"
    assert found["weights"]["equal"] == found["weights"]["tensors"]


def test_a_copy_of_the_whole_run(ftcli: Command) -> None:
    run = trained(ftcli, texts)
    shutil.copytree(run, "elsewhere/copied")
    assert answered(ftcli, 0, "elsewhere/copied")["rerun"] == "elsewhere/copied.r1"
    assert "is not empty" in ftcli.refused("reproduce", run, "--output", "elsewhere")
    assert "--quick keeps no run" in ftcli.refused("reproduce", run, "--output", "new", "--quick", 1)


def test_other_threads_give_the_numbers(ftcli: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(ftcli, texts)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    torch.set_num_threads(2)
    try:
        result = ftcli("reproduce", run, "--quick", 3)
    finally:
        torch.set_num_threads(1)
    assert result.status in (0, 3), result.err
    assert "threads 1 -> 2 DIFFERS" in result.out
    assert result.status == 0 or "threads 1 -> 2" in result.out.splitlines()[-1]


def test_quick_takes_steps_and_keeps_nothing(ftcli: Command) -> None:
    run = trained(ftcli, texts)
    before = sorted(Path().rglob("*"))
    found = answered(ftcli, 0, run, "--quick", 2)
    assert found["losses"]["equal_to_step"] == 2
    assert found["rerun"] is None
    assert found["weights"] is None
    assert sorted(Path().rglob("*")) == before


def sealed_again(folder: Path, /, **changes: Any) -> None:
    """A receipt that says something else, sealed as if it were whole."""
    (folder / "receipt.json").write_text(text_of({**receipt(folder), **changes}, seal=True))


def test_numbers_that_are_not_the_bits_and_numbers_that_are_others(ftcli: Command) -> None:
    run = trained(ftcli, texts)
    (run / "metrics.jsonl").unlink()
    original = receipt(run)
    losses = original["losses"]
    step, loss = losses["steps"][2]
    shifted = [*losses["steps"][:2], [step, (float.fromhex(loss) + 1e-7).hex()], *losses["steps"][3:]]
    machine = {**original["machine"], "threads": 3}
    sealed_again(run, losses={**losses, "steps": shifted}, machine=machine)
    result = ftcli("reproduce", run)
    assert result.status == 3, result.out + result.err
    assert "first difference at step 3: threads 3 -> 1" in result.out
    assert "bit-equal to step 2, then |d| <= 1.0e-07" in result.out
    other = [*losses["steps"][:2], [step, (float.fromhex(loss) + 1).hex()], *losses["steps"][3:]]
    sealed_again(run, losses={**losses, "steps": other}, machine=original["machine"])
    assert "from step 3 on" in answered(ftcli, 4, run)["words"]
    figures = {"val": {name: value + 5 for name, value in original["figures"]["val"].items()}}
    sealed_again(run, losses=losses, figures=figures)
    found = answered(ftcli, 4, run)
    assert "more than expected" in found["words"]
    assert not found["figures"][0]["within"]


def test_other_seeds_beside_the_run_say_what_is_expected(ftcli: Command) -> None:
    texts(Path.cwd())
    longer = ("longer", "training.seed=3", "training.epochs=3")
    for name, *options in (("run",), ("other", "training.seed=1"), ("third", "training.seed=2"), longer):
        ftcli.ok("train", "my.yaml", f"output={name}", "training.metric=loss", "--quiet", *options)
    assert "from 3 seeds: sd" in ftcli.ok("reproduce", "run")


def test_a_run_from_before_receipts(ftcli: Command) -> None:
    run = trained(ftcli, texts)
    for name in ("receipt.json", "receipt-files.csv"):
        (run / name).unlink()
    found = answered(ftcli, 0, run)
    assert not found["receipt"]
    assert "as runs of earlier versions" in found["notes"][0]
    assert found["weights"]["equal"] == found["weights"]["tensors"]
    yaml = run / "experiment.yaml"
    yaml.write_text(yaml.read_text().replace("seed: 0", "seed: 4"))
    assert "training.seed was 0 and is 4" in refused_before_training(ftcli, run)


def test_a_run_that_was_killed_and_goes_on(ftcli: Command) -> None:
    once = trained(ftcli, texts)
    with pytest.MonkeyPatch.context() as patch:
        Stop(patch, epoch=1)
        assert ftcli("train", "my.yaml", "output=halves", "--quiet").status == 130
    assert "seal" not in receipt(Path("halves"))
    found = answered(ftcli, 0, "halves")
    assert found["rerun"] is None
    assert "is not sealed" in found["notes"][0]
    assert found["words"].endswith("as far as it had come")
    ftcli.ok("train", "--resume", "halves", "--quiet")
    assert same_receipts(once, Path("halves"))
    assert answered(ftcli, 0, "halves")["verdict"] == "bits"


def test_an_extended_run_says_that_it_departs(ftcli: Command) -> None:
    texts(Path.cwd())
    options = ("training.keep_state=true", "schedule=constant", "training.early_stop=none", "--quiet")
    ftcli.ok("train", "my.yaml", "output=run", *options)
    ftcli.ok("train", "--resume", "run", "training.epochs=3", "--quiet")
    assert receipt(Path("run"))["epochs"] == 3
    assert answered(ftcli, 0, "run")["verdict"] == "bits"


def test_tables_by_a_pattern_from_another_folder(ftcli: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    texts(Path.cwd())
    rows = tiny_data.reviews(24)
    tiny_data.table(Path("part-1.csv"), rows[:12])
    tiny_data.table(Path("part-2.csv"), rows[12:])
    ftcli.ok("train", "my.yaml", "data.train=part-*.csv", "output=run", "--quiet")
    Path("below").mkdir()
    monkeypatch.chdir("below")
    assert answered(ftcli, 0, "../run", "--quick", 1)["verdict"] == "bits"
    with Path("../part-2.csv").open("a") as file:
        file.write("one more,good\n")
    assert "part-2.csv" in refused_before_training(ftcli, "../run")


def test_the_name_in_a_receipt_leads_nowhere(ftcli: Command) -> None:
    run = trained(ftcli, texts)
    Path("alone").mkdir()
    shutil.copy(run / "receipt.json", "alone/receipt.json")
    sealed_again(Path("alone"), run="../../elsewhere")
    assert answered(ftcli, 0, "alone/receipt.json")["rerun"] == "runs/elsewhere.r1"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is damaged, or not a receipt"),
        ('{"tool": "another"}', "not a receipt of ftcli"),
        ('{"receipt": "ftcli", "version": 9}', "a later one"),
    ],
)
def test_bad_receipts(ftcli: Command, workplace: Path, content: str, words: str) -> None:
    (workplace / "receipt.json").write_text(content)
    assert words in ftcli.refused("reproduce", "receipt.json")
    assert words in ftcli.refused("reproduce", ".")


def test_what_is_no_run(ftcli: Command, workplace: Path) -> None:
    assert "does not exist" in ftcli.refused("reproduce", "nowhere")
    assert "is neither a run" in ftcli.refused("reproduce", str(workplace))


@pytest.mark.parametrize("freeze", ["backbone", "none"])
def test_workers_and_caches_do_not_change_a_bit(ftcli: Command, freeze: str) -> None:
    images(Path.cwd())
    apart = "data.workers=1"
    ways = (
        ("data.cache=none",),
        ("data.cache=inputs", apart),
        ("data.cache=auto",),
        ("data.cache=auto", apart),
    )
    found = set()
    for number, way in enumerate(ways):
        options = (f"freeze={freeze}", "training.epochs=1", *way)
        ftcli.ok("train", "my.yaml", f"output=run-{number}", "--quiet", *options)
        made = receipt(Path(f"run-{number}"))
        found.add((str(made["losses"]), made["checkpoint"]["sha256"], made["data"]["sha256"]))
    assert len(found) == 1
