"""A training in a process with limited memory; `python -m tests.training.limited [cuda]` prints the result.

The limit, of the address space or of the memory of a GPU, is known to no one but the allocator: the first batch does
not fit, and a part of it does.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from ftcli.training.evaluate import evaluate
from ftcli.training.fit import Fit
from ftcli.training.optimizers import SGD
from ftcli.training.precision import Fp32
from ftcli.training.reports import Plan, StepReport
from ftcli.training.schedules import Constant
from ftcli.training.strategy import Strategy
from tests.training.toy import BLOCKS, Everything, Loader, Points

WIDTH = 2**19  # 2 MB for each example and layer
ROOM = 100 * 2**20  # bytes beside those for weights, gradients and momentum
DEVICE = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cpu")
PRECISION = Fp32(DEVICE)


class Hungry(nn.Module):
    """Keeps four layers of `WIDTH` for each example."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.backbone = nn.Linear(4, WIDTH)
        self.head = nn.Linear(WIDTH, 3)

    def forward(self, points: Tensor) -> Tensor:
        out: Tensor = self.head(self.backbone(points).sin().exp().cos())
        return out


def fit_of(model: Hungry) -> Fit:
    policy = Everything()
    policy.prepare(model, BLOCKS, 1)
    return Fit(
        model, Points(), Loader(examples=32, size=16), blocks=BLOCKS,
        strategy=Strategy(policy=policy, rates=SGD(lr=1e-3), schedule=Constant(), precision=PRECISION),
        plan=Plan(epochs=1),
    )  # fmt: skip


def limit(more: int | None) -> None:
    """So many bytes more than now; None for no limit."""
    if DEVICE.type == "cuda":
        total = torch.cuda.get_device_properties(DEVICE).total_memory
        used = torch.cuda.memory_reserved(DEVICE)
        torch.cuda.set_per_process_memory_fraction(1.0 if more is None else (used + more) / total)
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (hard if more is None else now + more, hard))


def main() -> None:
    """Train within the limit, and then as it turned out, without one."""
    torch.set_num_threads(1)
    model = Hungry().to(DEVICE)
    sizes = sum(parameter.nbytes for parameter in model.parameters())
    model(torch.zeros(1, 4, device=DEVICE)).sum().backward()  # what PyTorch loads when it first computes
    model.zero_grad()
    fit = fit_of(model)
    limit(2 * sizes + ROOM)
    taken: list[int | None] = []  # the pieces of each step
    notes: list[str] = []
    for report in fit:
        if isinstance(report, StepReport):
            taken.append(fit.progress.micro_batch)
            notes += report.notes
    scored = evaluate(model, Points(), Loader(examples=64, size=64).epoch(0), PRECISION)
    limit(None)
    again = fit_of(Hungry().to(DEVICE))
    waiting = iter([*taken, None])
    again.progress.micro_batch = next(waiting)
    for report in again:
        if isinstance(report, StepReport):
            again.progress.micro_batch = next(waiting)
    pairs = zip(model.parameters(), again.model.parameters(), strict=True)
    equal = all(torch.equal(one, other) for one, other in pairs)
    result = {"pieces": taken, "notes": notes, "equal": equal, "scored": scored.examples}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
