"""Trainings of the toy network in two processes, in float64, and in one: `WORK[name](group)`.

`torchrun --standalone --nproc-per-node 2 -m tests.training.distributed.two_processes` prints what each rank got, by DDP
and by FSDP2.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ftcli.contracts import Batch, Loss
from ftcli.errors import UserError
from ftcli.loading.rank_partition import Partition
from ftcli.training.distributed.group import Group
from ftcli.training.distributed.start import joined, sharded
from ftcli.training.fit import Fit
from ftcli.training.optimizers import SGD, AdamW, Rates
from ftcli.training.precision import Fp32
from ftcli.training.reports import EpochReport, Plan, StepReport
from ftcli.training.schedules import Constant
from ftcli.training.strategy import Strategy
from tests.training.toy import BLOCKS, Everything, Loader, Net, Points

CPU = Fp32(torch.device("cpu"))
Values = dict[str, Any]


@dataclass
class Shared(Loader):
    """The batches of the toy loader, of which a rank has its part."""

    part: Partition = Partition()
    dtype: torch.dtype = torch.float64
    # The example whose points are NaN.
    poisoned: str | None = None

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        for batch in super().epoch(epoch, skip):
            rows = self.part.of_batch(np.arange(len(batch.ids)))
            mine = rows if len(rows) else np.array([0])
            ids = [batch.ids[i] for i in rows]
            points = batch.inputs["points"][mine].clone()
            if self.poisoned in ids:
                points[ids.index(self.poisoned)] = float("nan")
            yield Batch({"points": points}, batch.targets[mine], ids, whole=len(batch.ids))


class Uneven(Points):
    """Examples that count one, two or three units, as texts of so many tokens would."""

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        units = batch.targets.to(outputs.dtype) + 1
        losses = nn.functional.cross_entropy(outputs, batch.targets, reduction="none")
        return Loss((losses * units).sum(), units.sum())


def fit(
    group: Group, plan: Plan, *, rates: Rates | None = None, poisoned: str | None = None, size: int = 4
) -> Fit:
    """A training of the toy network without batch norm, whose statistics are of each rank's part."""
    torch.manual_seed(0)
    model = Net().double()
    model.backbone[1] = nn.LayerNorm(8, dtype=torch.float64)
    group.shard_model(model, BLOCKS)
    policy = Everything()
    policy.prepare(model, BLOCKS, plan.epochs)
    loader = Shared(size=size, part=Partition(group.rank, group.size), poisoned=poisoned)
    return Fit(
        model, Uneven(), loader, blocks=BLOCKS, plan=plan,
        strategy=Strategy(
            policy=policy, rates=rates or SGD(lr=0.1), schedule=Constant(), precision=CPU, group=group
        ),
    )  # fmt: skip


def trained(group: Group, plan: Plan, *, size: int = 4, rates: Rates | None = None) -> Values:
    """The losses of all steps, what the epochs gave, and the weights."""
    made = fit(group, plan, rates=rates, size=size)
    reports = list(made)
    weights = group.unshard({name: value.detach() for name, value in made.model.state_dict().items()})
    average = group.unshard(made.state_dict()["ema"])
    return {
        "losses": [float(one.loss) for one in reports if isinstance(one, StepReport)],
        "examples": [one.examples for one in reports if isinstance(one, StepReport)],
        "train": [one.train_loss for one in reports if isinstance(one, EpochReport)],
        "weights": {name: value.tolist() for name, value in weights.items()},
        "average": {name: value.tolist() for name, value in average.items()},
    }


def went_on(group: Group, rates: Rates) -> Values:
    """As `trained`, in two halves: the state after three steps goes into a new `Fit`."""
    plan = Plan(epochs=2, accumulate=2, ema=0.5)
    first = fit(group, plan, rates=rates)
    for report in first:
        if report.step == 4:
            break
    state, weights = group.unshard(first.state_dict()), group.unshard(first.model.state_dict())
    second = fit(group, plan, rates=rates)
    second.model.load_state_dict(group.shard(weights, second.model.state_dict()))
    second.load_state_dict(state)
    list(second)
    ended = group.unshard(second.model.state_dict())
    return {"weights": {name: value.tolist() for name, value in ended.items()}}


def refused(group: Group) -> Values:
    """The error for an example that is NaN, on the rank that has it and on the other."""
    try:
        list(fit(group, Plan(epochs=1), poisoned="5"))
    except UserError as error:
        return {"error": str(error), "kind": type(error).__name__}
    return {}


def agreed(group: Group) -> Values:
    """The errors that follow from an error on rank 1, and from one on all ranks."""
    found: Values = {}
    for name, ranks in (("one", [1]), ("all", [0, 1])):
        try:
            with group.agreeing():
                if group.rank in ranks:
                    raise UserError("not so")
        except UserError as error:
            found[name] = str(error) or type(error).__name__
    return found


def handed(group: Group) -> Values:
    """What the ranks of a group hand to each other."""
    mine, model = f"rank {group.rank}", nn.BatchNorm1d(1)
    model.running_mean = torch.full((1,), float(group.rank))
    group.broadcast_buffers(model)
    return {
        "sum": group.sum(torch.tensor([float(group.rank), 1.0])).tolist(),
        "max": list(group.max(group.rank, -group.rank)),
        "broadcast": group.broadcast(mine),
        "buffer": float(model.running_mean),
        "gather": group.gather(mine),
    }


# What is the same training in any group.
SAME = ("plain", "accumulated", "adamw", "more-processes-than-examples", "resumed", "uninterrupted")
WORK: dict[str, Callable[[Group], Values]] = {
    "plain": lambda group: trained(group, Plan(epochs=2)),
    "accumulated": lambda group: trained(group, Plan(epochs=2, accumulate=3, clip=0.05, ema=0.9)),
    "adamw": lambda group: trained(group, Plan(epochs=2, ema=0.9), rates=AdamW(lr=0.01)),
    "more-processes-than-examples": lambda group: trained(group, Plan(epochs=1), size=1),
    "resumed": lambda group: went_on(group, AdamW(lr=0.01)),
    "uninterrupted": lambda group: trained(
        group, Plan(epochs=2, accumulate=2, ema=0.5), rates=AdamW(lr=0.01)
    ),
    "refused": refused,
    "agreed": agreed,
    "handed": handed,
}


def run_in_two() -> dict[str, list[Values]]:
    """What all of `WORK` gives on each rank of two processes, by the kind of their group, "ddp" or "fsdp"."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1"]
    ended = subprocess.run(
        [*command, "--nproc-per-node", "2", "-m", __name__],
        cwd=Path(__file__).parents[3], env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    found: dict[str, list[Values]] = json.loads(ended.stdout.splitlines()[-1])
    assert [len(ranks) for ranks in found.values()] == [2, 2]
    return found


def check_equal(one: Any, other: Any) -> None:
    """Both have the same names, and numbers that differ by rounding alone."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            check_equal(one[name], other[name])
    else:
        tensors = (torch.tensor(value, dtype=torch.float64) for value in (one, other))
        torch.testing.assert_close(*tensors, rtol=1e-6, atol=1e-9)


def main() -> None:
    """Do all of `WORK` in a group of each kind; rank 0 prints a line of JSON."""
    with joined() as group:
        groups = {"ddp": group, "fsdp": sharded(group)}
        found = {
            kind: chosen.gather({name: work(chosen) for name, work in WORK.items()})
            for kind, chosen in groups.items()
        }
        if group.leads:
            sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
