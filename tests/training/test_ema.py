"""The moving average against its definition: frozen and tied parameters, evaluation with it, and resuming."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from ftcli.training.ema import Ema

DECAY = 0.9


class Tied(nn.Module):
    """An embedding whose weights are the output layer's too, a norm, and a layer for freezing."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, 4)
        self.frozen = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4)
        self.output = nn.Linear(4, 5, bias=False)
        self.output.weight = self.embedding.weight

    def forward(self, ids: Tensor) -> Tensor:
        logits: Tensor = self.output(self.norm(self.frozen(self.embedding(ids))))
        return logits


def trained(model: nn.Module) -> frozenset[str]:
    return frozenset(name for name, _ in model.named_parameters() if not name.startswith("frozen"))


def step(model: nn.Module, seed: int) -> None:
    """Some movement of what trains, and of the statistics."""
    generator = torch.Generator().manual_seed(seed)
    model(torch.randint(5, (8,), generator=generator))
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name in trained(model):
                value.add_(torch.randn(value.shape, generator=generator))


def by_definition(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Every name averaged on its own, from the states at the start and after each step."""
    average = dict(states[0])
    for steps, state in enumerate(states[1:], 1):
        decay = min(DECAY, (1 + steps) / (10 + steps))
        for name, value in state.items():
            buffer = "running" in name or "tracked" in name
            average[name] = value if buffer else torch.lerp(average[name], value, 1 - decay)
    return average


def moved(steps: int = 5) -> tuple[Tied, Ema, dict[str, Tensor]]:
    torch.manual_seed(0)
    model = Tied()
    ema = Ema(model, DECAY, trained(model))
    states = [copy.deepcopy(dict(model.state_dict()))]
    for number in range(1, steps + 1):
        step(model, number)
        ema.update(model, number)
        states.append(copy.deepcopy(dict(model.state_dict())))
    return model, ema, by_definition(states)


def test_every_name_has_its_average_tied_ones_too() -> None:
    model, ema, expected = moved()
    assert ema.average.keys() == model.state_dict().keys()
    for name, value in expected.items():
        torch.testing.assert_close(ema.average[name], value, rtol=0, atol=0, msg=name)
    assert not torch.equal(ema.average["output.weight"], model.state_dict()["output.weight"])


def test_the_model_has_the_average_and_then_its_own_again() -> None:
    model, ema, expected = moved()
    own = copy.deepcopy(dict(model.state_dict()))
    with ema.applied(model):
        for name, value in model.state_dict().items():
            assert torch.equal(value, expected[name]), name
    for name, value in model.state_dict().items():
        assert torch.equal(value, own[name]), name


def test_going_on_from_a_saved_average_of_a_tied_model() -> None:
    model, ema, expected = moved()
    saved = copy.deepcopy(ema.average)
    other = copy.deepcopy(model)
    again = Ema(other, DECAY, trained(other))
    again.load(saved)
    for one, average in ((model, ema), (other, again)):
        step(one, 99)
        average.update(one, 6)
    for name in expected:
        assert torch.equal(again.average[name], ema.average[name]), name


def test_what_is_frozen_is_not_kept_twice() -> None:
    model = Tied()
    ema = Ema(model, DECAY, trained(model))
    shared = {
        name for name, value in model.state_dict().items() if ema.average[name].data_ptr() == value.data_ptr()
    }
    assert shared == {"frozen.weight", "frozen.bias"}


def test_without_a_decay_there_is_no_average() -> None:
    model = Tied()
    ema = Ema(model, 0.0, trained(model))
    ema.update(model, 1)
    with ema.applied(model):
        assert ema.average == {}
