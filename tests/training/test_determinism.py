"""What a seed decides, and what must not move: frozen weights, and training by being scored."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ftcli.contracts import Batch
from ftcli.models.freezing.policies import FreezeBackbone
from ftcli.training.evaluate import evaluate
from ftcli.training.fit import Fit
from ftcli.training.optimizers import AdamW
from ftcli.training.precision import Fp32
from ftcli.training.reports import Plan, StepReport
from ftcli.training.schedules import Cosine
from ftcli.training.strategy import Strategy
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models
from tests.training.plain_loop import CPU
from tests.training.toy import BLOCKS, Loader, Points
from tests.training.toy_fit import make_fit, net, run, same, weights

EXPERIMENT = """
task: text-classification
data: {train: reviews.csv, val: 0.25, text: text, label: label, batch_size: 4, max_length: 16}
model: bert
training: {epochs: 1, device: cpu, precision: fp32, keep_state: true}
"""


def test_processes_of_one_seed_write_the_same_bytes(ftcli: Command, workplace: Path) -> None:
    """This one and another, whose hashes, and with them the order of its sets, are not these."""
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(16))
    tiny_models.bert(workplace / "bert")
    (workplace / "texts.yaml").write_text(EXPERIMENT)
    ftcli.ok("train", "texts.yaml", "output=here")
    environment = {**os.environ, "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "ftcli", "train", "texts.yaml", "output=there"]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True, timeout=120)
    here, there = (sorted(Path(name).rglob("epoch-0001/*.safetensors")) for name in ("here", "there"))
    assert len(here) == 2  # weights, and what training goes on from
    assert [path.read_bytes() for path in here] == [path.read_bytes() for path in there]


def test_what_is_frozen_keeps_its_bytes_and_its_statistics() -> None:
    """Through whole epochs with decay, momentum, an average, and scoring between them."""
    model, policy = net(dropout=0.5), FreezeBackbone()
    frozen = {name: value for name, value in weights(model).items() if name.startswith("backbone.")}
    policy.prepare(model, BLOCKS, 2)
    modes: list[bool] = []

    class Noting(Points):
        def outputs(self, model: nn.Module, batch: Batch) -> Any:
            modes.extend(module.training for module in model.get_submodule("backbone").modules())
            return super().outputs(model, batch)

    fit = Fit(
        model, Noting(), Loader(), blocks=BLOCKS,
        strategy=Strategy(
            policy=policy, rates=AdamW(lr=0.1, weight_decay=0.5), schedule=Cosine(), precision=Fp32(CPU)
        ),
        plan=Plan(epochs=2, ema=0.9, clip=1.0),
        evaluate=lambda model: evaluate(model, Points(), Loader().epoch(0), Fp32(CPU)).figures(thorough=True),
    )  # fmt: skip
    head = model.head.weight.detach().clone()
    run(fit)
    for state in (weights(model), fit.ema.average):
        assert same({name: state[name] for name in frozen}, frozen)
    assert not any(modes[: len(modes) // 2])  # those of training: the others are in eval anyway
    assert not torch.equal(model.head.weight, head)


@pytest.mark.parametrize("scored", ["every epoch", "every step"])
def test_scoring_leaves_training_as_it_is(scored: str) -> None:
    """It draws random numbers of its own here, and puts the network in eval mode."""

    def score(model: nn.Module) -> dict[str, float]:
        torch.randn(7)
        result = evaluate(model, Points(), Loader(size=3).epoch(0), Fp32(CPU))
        torch.rand(3)
        return result.figures(thorough=True)

    plain_model, model = net(dropout=0.5), net(dropout=0.5)
    plan = Plan(epochs=3, seed=5, ema=0.9)
    whole = make_fit(plain_model, plan)
    run(whole)
    fit = make_fit(model, plan, evaluate=score)
    for report in fit:
        if isinstance(report, StepReport) and scored == "every step":
            score(model)
            fit.policy.enter(model, fit.progress.epoch)
    assert same(weights(model), weights(plain_model))
    assert same(fit.ema.average, whole.ema.average)
