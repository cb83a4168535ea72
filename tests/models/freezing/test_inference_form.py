from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ftcli.models.freezing.inference_form import evaluating, inference_form


class Small(nn.Module):
    def __init__(self, twice: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        nn.init.uniform_(self.norm.running_mean)  # type: ignore[arg-type]
        nn.init.uniform_(self.norm.running_var, 0.5, 2)  # type: ignore[arg-type]
        self.twice = twice

    def forward(self, pixels: Tensor) -> Tensor:
        made = self.conv(pixels)
        normed: Tensor = self.norm(made)
        return normed + made if self.twice else normed


def test_a_batch_norm_on_a_convolution_is_folded_and_the_module_stays_as_it_is() -> None:
    module, sample = Small(twice=False).train(), {"pixels": torch.rand(2, 3, 8, 8)}
    before = {name: value.clone() for name, value in module.state_dict().items()}
    form, _ = inference_form(module, sample)
    assert isinstance(form.get_submodule("norm"), nn.Identity)
    assert module.training
    torch.testing.assert_close(dict(module.state_dict()), before)
    torch.testing.assert_close(form(**sample), module.eval()(**sample), rtol=1e-4, atol=1e-5)


def test_a_convolution_whose_output_has_another_use_is_not_folded() -> None:
    module, sample = Small(twice=True), {"pixels": torch.rand(2, 3, 8, 8)}
    form, _ = inference_form(module, sample)
    assert form.get_parameter("conv.weight") is module.conv.weight
    torch.testing.assert_close(form(**sample), module.eval()(**sample))


def test_weights_are_shared_where_nothing_is_folded() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(4, 2)).train()
    form, dtype = inference_form(module, {"input": torch.rand(2, 4)})
    assert dtype == torch.float32
    assert next(iter(form.parameters())) is next(iter(module.parameters()))
    assert not form.training
    cast, dtype = inference_form(module, {"input": torch.rand(2, 4)}, torch.bfloat16)
    assert dtype == torch.bfloat16
    assert next(iter(cast.parameters())).dtype == torch.bfloat16
    assert next(iter(module.parameters())).dtype == torch.float32


class Stubborn(nn.Module):
    """Runs in one dtype only, or gives something else in another."""

    def __init__(self, far: bool) -> None:
        super().__init__()
        self.layer, self.far = nn.Linear(4, 2), far

    def forward(self, input: Tensor) -> Tensor:
        made: Tensor = self.layer(input)
        if self.far:
            return made + (made.dtype == torch.bfloat16)
        return made @ torch.ones(2, 2)


@pytest.mark.parametrize("far", [False, True])
def test_a_network_that_is_not_itself_in_a_shorter_dtype_keeps_its_own(far: bool) -> None:
    module, sample = Stubborn(far), {"input": torch.rand(2, 4)}
    form, dtype = inference_form(module, sample, torch.bfloat16)
    assert dtype == torch.float32
    torch.testing.assert_close(form(**sample), module(**sample))


def test_each_module_has_its_own_mode_again_after_an_evaluation() -> None:
    net = nn.Sequential(nn.Dropout(), nn.Dropout())
    net[0].eval()
    with evaluating(net):
        assert not any(part.training for part in net.modules())
    assert [part.training for part in net.modules()] == [True, False, True]
