"""Files that were spoilt at random: a mistake with a line and a key, or an experiment, and nothing else."""

from __future__ import annotations

import random
import re
from pathlib import Path

from ftcli.config.dump import dump_experiment
from ftcli.config.load import load_experiment
from ftcli.errors import ConfigError, Mistake

TEXT = """\
# An experiment with every kind of value.
task: image-classification
data:
  train: a.csv
  val: 0.1
  label: sentiment
  classes: [0, 1, no, "yes"]
  batch_size: 64
  download: true
model:
  backbone: torchvision/resnet50
  weights: imagenet
  head: {hidden: [1024, 64], activation: relu, dropout: 1e-1}
freeze:
- stem
- 'layer[12]'
loss: {name: cross-entropy, label_smoothing: 0.1}
optimizer: {name: adam, lr: 1e-3, betas: [0.9, 0.99]}
schedule: cosine
training:
  epochs: 10
  precision: auto
  early_stop: {patience: 3}
  clip: 1.0
output: runs/x
"""
TOKENS = (
    "", " ", "  ", "\t", "\n", ":", ": ", "- ", "[", "]", "{", "}", ",", "'", '"', "#", " #", "&a ", "*a", "!!int ",
    "!x", "|", ">", "%", "@", "`", "?", "<<: ", "---\n", "...\n", "null", "~", "true", "no", "1e999", ".nan", "-1",
    "0", "1_0", "\0", "\x07", "\x85", "\ufeff", "\u2028", "é", "😀", "\\", '"\\0"', "9" * 400, "x" * 50,
    "[" * 25, "{a: " * 25,
)  # fmt: skip


def spoil(text: str, chance: random.Random) -> str:
    """One to three edits: characters replaced by a token, a line dropped, doubled, moved or indented."""
    for _ in range(chance.randint(1, 3)):
        lines = text.splitlines(keepends=True) or [""]
        row = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                lines.insert(chance.randrange(len(lines)), lines.pop(row))
            case 1:
                lines.insert(row, lines[row])
            case 2:
                lines[row] = chance.choice((" ", "  ", "")) + lines[row].lstrip()
            case 3:
                name = lines[row]
                at = chance.randrange(max(len(name) - 1, 1))
                lines[row] = name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]
            case _:
                at = chance.randrange(len(lines[row]) + 1)
                cut = at + chance.choice((0, 0, 1, 3))
                lines[row] = lines[row][:at] + chance.choice(TOKENS) + lines[row][cut:]
        text = "".join(lines)
    return text


def test_spoilt_files_are_answered(tmp_path: Path) -> None:
    chance = random.Random(0)
    path = tmp_path / "x.yaml"
    copy = tmp_path / "copy.yaml"
    found: list[Mistake] = []
    accepted = 0
    for _ in range(400):
        path.write_text(spoil(TEXT, chance), encoding="utf-8", newline="")
        try:
            experiment = load_experiment(path)
        except ConfigError as error:
            found += error.mistakes
        else:
            accepted += 1
            copy.write_text(dump_experiment(experiment), encoding="utf-8")
            assert load_experiment(copy) == experiment
    assert (len(found) > 300, accepted > 20) == (True, True)
    assert all(one.problem and "\n" not in str(one) for one in found)
    assert all(re.search(r"x\.yaml:\d+$", one.place) for one in found)
    assert sum(bool(one.key) for one in found) / len(found) >= 0.95


def test_spoilt_overrides_are_answered(tmp_path: Path) -> None:
    chance = random.Random(1)
    path = tmp_path / "x.yaml"
    path.write_text(TEXT, encoding="utf-8")
    places: list[str] = []
    for _ in range(300):
        line = chance.choice(
            ("training.epochs=3", "data.classes=[a, 'b']", "optimizer={name: sgd}", "freeze=2")
        )
        at = chance.randrange(len(line) + 1)
        override = line[:at] + chance.choice(TOKENS) + line[at + chance.choice((0, 1)) :]
        try:
            load_experiment(path, [override])
        except ConfigError as error:
            places += [one.place for one in error.mistakes]
    assert len(places) > 100
    assert set(places) == {"command line"}
