"""Averages of weights: greedy, exact for what is frozen, with statistics that fit them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ftcli.training.averaging import Average, greedy, moving_norms, renew_statistics
from tests.training.toy_fit import net, same, weights


def scalar(value: float) -> dict[str, Tensor]:
    return {"w": torch.tensor([value]), "count": torch.tensor(int(value))}


def test_a_checkpoint_stays_only_if_the_figure_does_not_fall() -> None:
    values = {3: 1.0, 5: 9.0, 4: 2.0, 7: 3.0}
    kept: list[float] = []
    scored: list[float] = []

    def figure(weights: object) -> tuple[float]:
        assert isinstance(weights, dict)
        scored.append(float(weights["w"]))
        return (-abs(scored[-1] - 1.6),)

    members, mean = greedy(
        [3, 5, 4, 7], lambda epoch: scalar(values[epoch]), figure, lambda: kept.append(scored[-1])
    )
    # 9 is refused; 2 is taken, to 1.5; 3 makes it 2, which is worse.
    assert scored == [1.0, 5.0, 1.5, 2.0]
    assert kept == [1.0, 1.5]
    assert members == [3, 4]
    assert float(mean["w"]) == 1.5
    assert int(mean["count"]) == 1  # that of the best


def test_an_average_that_is_as_good_is_taken() -> None:
    members, _ = greedy([0, 1], scalar, lambda weights: (1.0,), lambda: None)
    assert members == [0, 1]


@pytest.mark.parametrize("count", [2, 3, 7])
def test_what_is_frozen_keeps_its_bits(count: int) -> None:
    torch.manual_seed(0)
    frozen = {"a": torch.randn(1000), "b": torch.randn(1000).bfloat16(), "c": torch.arange(3)}
    average = Average(frozen)
    for _ in range(count - 1):
        average = average.added({name: value.clone() for name, value in frozen.items()})
    assert same(average.mean(), frozen)


def test_statistics_are_those_of_all_examples_with_the_averaged_weights() -> None:
    model = net()
    before = weights(model)
    batches = [torch.randn(8, 4) for _ in range(5)]
    norms = moving_norms(model, ())
    renew_statistics(model, norms, batches, model)
    inner = model.backbone[0](torch.stack(batches).double().float()).double()
    norm = model.backbone[1]
    assert isinstance(norm, nn.BatchNorm1d)
    assert torch.allclose(norm.running_mean.double(), inner.mean((0, 1)), atol=1e-6)  # type: ignore[union-attr]
    assert torch.allclose(norm.running_var.double(), inner.var(1).mean(0), atol=1e-6)  # type: ignore[union-attr]
    assert norm.momentum == 0.1
    assert not any(module.training for module in model.modules())
    after = weights(model)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"backbone.1.running_mean", "backbone.1.running_var", "backbone.1.num_batches_tracked"}


def test_frozen_norms_are_left_alone() -> None:
    model = net()
    assert moving_norms(model, model.state_dict()) == []
    before = weights(model)
    renew_statistics(model, [], [torch.randn(8, 4)], model)
    assert same(weights(model), before)
