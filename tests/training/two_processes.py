"""What processes make of the tiny world, in float64: `WORK[name](group)`; as a program it prints what all of it gives.

torchrun --standalone --nproc-per-node 2 -m tests.training.two_processes
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from ftcli.contracts import Batch, Loss
from ftcli.errors import UserError
from ftcli.loading.rank_partition import Partition
from ftcli.training.distributed.group import Group, joined
from ftcli.training.fit import EpochReport, Fit, StepReport
from ftcli.training.optimizers import SGD, AdamW, Rates
from ftcli.training.precision import Fp32
from ftcli.training.reports import Plan
from ftcli.training.schedules import Constant
from tests.training.toy import BLOCKS, Everything, Loader, Net, Points

CPU = Fp32(torch.device("cpu"))
Values = dict[str, Any]


@dataclass
class Shared(Loader):
    """The batches of the tiny world, of which a process has its part."""

    part: Partition = Partition()
    dtype: torch.dtype = torch.float64
    spoilt: str | None = None  # the example that is no number

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        for batch in super().epoch(epoch, skip):
            rows = self.part.of_batch(np.arange(len(batch.ids)))
            mine = rows if len(rows) else np.array([0])
            ids = [batch.ids[i] for i in rows]
            points = batch.inputs["points"][mine].clone()
            if self.spoilt in ids:
                points[ids.index(self.spoilt)] = float("nan")
            yield Batch({"points": points}, batch.targets[mine], ids, whole=len(batch.ids))


class Uneven(Points):
    """Examples that count one, two or three units, as texts of so many tokens would."""

    def loss(self, model: nn.Module, batch: Batch) -> Loss:
        logits = model(**batch.inputs)
        units = batch.targets.to(logits.dtype) + 1
        losses = nn.functional.cross_entropy(logits, batch.targets, reduction="none")
        return Loss((losses * units).sum(), units.sum())


def fit(
    group: Group, plan: Plan, *, rates: Rates | None = None, spoilt: str | None = None, size: int = 4
) -> Fit:
    """A training of the tiny network, without batch norm, whose statistics are of each process's part."""
    torch.manual_seed(0)
    model = Net().double()
    model.backbone[1] = nn.LayerNorm(8, dtype=torch.float64)
    group.spread(model, BLOCKS)
    policy = Everything()
    policy.prepare(model, BLOCKS, plan.epochs)
    loader = Shared(size=size, part=Partition(group.rank, group.size), spoilt=spoilt)
    return Fit(
        model, Uneven(), loader, blocks=BLOCKS, policy=policy, rates=rates or SGD(lr=0.1), schedule=Constant(),
        precision=CPU, plan=plan, group=group,
    )  # fmt: skip


def trained(group: Group, plan: Plan, *, size: int = 4, rates: Rates | None = None) -> Values:
    """The losses of all steps, what the epochs gave, and the weights."""
    made = fit(group, plan, rates=rates, size=size)
    reports = list(made)
    weights = group.whole({name: value.detach() for name, value in made.model.state_dict().items()})
    average = group.whole(made.state_dict()["ema"])
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
    state, weights = group.whole(first.state_dict()), group.whole(first.model.state_dict())
    second = fit(group, plan, rates=rates)
    second.model.load_state_dict(group.parted(weights, second.model.state_dict()))
    second.load_state_dict(state)
    list(second)
    ended = group.whole(second.model.state_dict())
    return {"weights": {name: value.tolist() for name, value in ended.items()}}


def refused(group: Group) -> Values:
    """What an example that is no number, and is another process's, gives."""
    try:
        list(fit(group, Plan(epochs=1), spoilt="5"))
    except UserError as error:
        return {"error": str(error), "kind": type(error).__name__}
    return {}


def agreed(group: Group) -> Values:
    """What a mistake in one process, and one in all, become."""
    found: Values = {}
    for name, ranks in (("one", [1]), ("all", [0, 1])):
        try:
            with group.agreeing():
                if group.rank in ranks:
                    raise UserError("not so")
        except UserError as error:
            found[name] = str(error) or type(error).__name__
    return found


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
}


def main() -> None:
    """Do all of it, as it is and with weights that are shared."""
    with joined() as group:
        for sharing in (group, group.sharding()):
            made = {name: work(sharing) for name, work in WORK.items()}
            for rank, found in enumerate(sharing.gathered(made)):
                sys.stdout.write(
                    json.dumps({"rank": rank, "shared": sharing is not group, "made": found}) + "\n"
                )


if __name__ == "__main__":
    main()
