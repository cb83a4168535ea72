"""Parameter groups: a learning rate for each block, a decay for each kind of parameter."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ftcli.contracts import Block
from ftcli.training import OPTIMIZERS
from ftcli.training.optimizers import SGD, Adam, AdamW, Rates, parameter_groups


class Ladder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.low, self.high = nn.Linear(2, 2), nn.Linear(2, 2)
        self.norm, self.head = nn.LayerNorm(2), nn.Linear(2, 2)


BLOCKS = (Block("low", ("low",)), Block("high", ("high", "norm")), Block("head", ("head",)))
NAMES = [name for name, _ in Ladder().named_parameters()]


def groups(rates: Rates, trained: list[str] | None = None) -> dict[tuple[str, float], tuple[float, int]]:
    found = parameter_groups(Ladder(), BLOCKS, rates, NAMES if trained is None else trained)
    return {(group["name"], group["weight_decay"]): (group["lr"], len(group["params"])) for group in found}


def test_rates_follow_the_blocks() -> None:
    rates = AdamW(lr=1.0, backbone_lr=0.1, lr_decay=0.5, weight_decay=0.0)
    assert {name: lr for (name, _), (lr, _) in groups(rates).items()} == {
        "head": 1.0,
        "high": 0.1,
        "low": 0.05,
    }


def test_one_rate_serves_all_where_no_other_is_given() -> None:
    assert {lr for lr, _ in groups(SGD(lr=0.3)).values()} == {0.3}


def test_adamw_leaves_norms_and_biases_alone_and_the_others_do_not() -> None:
    assert groups(AdamW(weight_decay=0.1))[("high", 0.1)][1] == 1
    assert groups(AdamW(weight_decay=0.1))[("high", 0.0)][1] == 3
    assert groups(Adam(weight_decay=0.1)) == {
        (name, 0.1): (1e-3, n) for name, n in [("low", 2), ("high", 4), ("head", 2)]
    }
    assert groups(AdamW(weight_decay=0.1, decay_norms=True))[("high", 0.1)][1] == 4


def test_only_what_trains_is_in_a_group() -> None:
    assert groups(SGD(), ["head.weight"]) == {("head", 0.0): (1e-3, 1)}


@pytest.mark.parametrize(
    ("rates", "kind"),
    [(SGD(nesterov=True), torch.optim.SGD), (Adam(), torch.optim.Adam), (AdamW(), torch.optim.AdamW)],
)
def test_options_reach_pytorch(rates: Rates, kind: type) -> None:
    built = rates.build(parameter_groups(Ladder(), BLOCKS, rates, NAMES))
    assert type(built) is kind
    if isinstance(rates, SGD):
        assert built.defaults["nesterov"] is True
        assert built.defaults["momentum"] == 0.9


def test_every_name_is_here() -> None:
    assert {OPTIMIZERS.load(name) for name in OPTIMIZERS} == {SGD, Adam, AdamW}


@pytest.mark.parametrize("rates", [SGD(lr=0.1), Adam(lr=0.1, eps=0.01), AdamW(lr=0.1, eps=0.01)])
def test_the_fused_step_is_the_plain_step(rates: Rates, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = []
    for devices in (("cpu",), ()):
        monkeypatch.setattr("ftcli.training.optimizers.FUSED", devices)
        torch.manual_seed(0)
        model = Ladder()
        optimizer = rates.build(parameter_groups(model, BLOCKS, rates, NAMES))
        assert optimizer.defaults["fused"] is bool(devices)
        for _ in range(3):
            optimizer.zero_grad()
            model.head(model.norm(model.high(model.low(torch.ones(1, 2))))).square().sum().backward()
            optimizer.step()
        moved.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    torch.testing.assert_close(*moved)


@pytest.mark.parametrize("rates", [SGD(lr=0.1), Adam(lr=0.1), AdamW(lr=0.1)])
@pytest.mark.parametrize("saved_on", ["cpu", "elsewhere"])
def test_a_step_goes_on_from_saved_state(rates: Rates, saved_on: str) -> None:
    """State comes from files contiguous, for weights that are not; and from machines without fused kernels."""
    gradients = torch.randn(4, 8, 4, 3, 3)

    def steps(weight: torch.nn.Parameter, optimizer: torch.optim.Optimizer, which: slice) -> None:
        for gradient in gradients[which]:
            weight.grad = gradient.contiguous(memory_format=torch.channels_last)
            optimizer.step()

    def build(start: torch.Tensor) -> tuple[torch.nn.Parameter, torch.optim.Optimizer]:
        weight = torch.nn.Parameter(start.contiguous(memory_format=torch.channels_last))
        return weight, rates.build([{"params": [weight], "weight_decay": 0.0}])

    whole, optimizer = build(torch.ones(8, 4, 3, 3))
    steps(whole, optimizer, slice(2))
    saved = optimizer.state_dict()
    saved["state"] = {0: {name: value.clone().contiguous() for name, value in saved["state"][0].items()}}
    if saved_on == "elsewhere":
        saved["param_groups"][0]["fused"] = None
    weight, again = build(whole.detach().clone())
    again.load_state_dict(saved)
    steps(whole, optimizer, slice(2, 4))
    steps(weight, again, slice(2, 4))
    assert again.param_groups[0]["fused"]
    assert torch.equal(weight, whole)
