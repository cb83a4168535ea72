"""Precisions on the CPU: what autocast does, what the scaler keeps, and the message for a device that is absent."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ftcli.errors import UserError
from ftcli.training.optimizers import SGD, AdamW
from ftcli.training.precision import (
    PRECISIONS,
    Bf16,
    Fp16,
    Fp32,
    choose_device,
    choose_precision,
    clip_gradients,
    gradient_norm,
)

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("name", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)]
)
def test_forward_passes_run_in_the_precision(name: str, dtype: torch.dtype) -> None:
    precision, reason = choose_precision(name, CPU)
    assert reason == "as configured"
    assert isinstance(precision, PRECISIONS[name])
    with precision.autocast():
        assert nn.Linear(2, 2)(torch.ones(1, 2)).dtype == dtype


@pytest.mark.parametrize(
    ("flags", "kind", "words"),
    [
        ({"avx2": True, "avx512_bf16": False}, Fp32, "does not compute bf16"),
        ({"avx512_bf16": True}, Bf16, "natively (avx512_bf16)"),
        ({"avx512_bf16": True, "amx_bf16": True}, Bf16, "natively (amx_bf16)"),
        ({"architecture": "aarch64", "bf16": True}, Bf16, "natively (bf16)"),
    ],
)
def test_auto_goes_by_the_flags_of_the_processor(
    monkeypatch: pytest.MonkeyPatch, flags: dict[str, bool], kind: type[Fp32], words: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: flags, raising=False)
    precision, reason = choose_precision("auto", CPU)
    assert type(precision) is kind
    assert words in reason


@pytest.mark.parametrize("kind", [Fp32, Bf16, Fp16])
def test_a_step_moves_the_weights_by_the_true_gradient(kind: type[Fp32]) -> None:
    precision = kind(CPU)
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    precision.backward((weight * 3).sum())
    precision.unscale(optimizer)
    assert weight.grad is not None
    assert float(weight.grad) == 3.0
    precision.step(optimizer)
    assert float(weight.detach()) == -3.0


def test_fp16_skips_a_step_with_infinite_gradients_and_its_scale_is_saved() -> None:
    precision = Fp16(CPU)
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    precision.backward((weight * float("inf")).sum())
    precision.unscale(optimizer)
    before = precision.state_dict()["scale"]
    precision.step(optimizer)
    assert float(weight.detach()) == 0.0
    again = Fp16(CPU)
    again.load_state_dict(precision.state_dict())
    assert again.state_dict()["scale"] == before / 2


def test_a_seed_gives_the_draws_of_pytorch_and_costs_no_look_at_other_devices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(2**64 - 3)
    drawn = torch.rand(5)
    monkeypatch.delattr(torch, "manual_seed")
    Bf16(CPU).seed(2**64 - 3)
    assert torch.equal(torch.rand(5), drawn)


def test_a_device_that_is_not_here_is_answered() -> None:
    with pytest.raises(UserError, match=r"training\.device: cuda:99 is not on this machine"):
        choose_device("cuda:99")
    assert choose_device("cpu") == (CPU, "as configured")


def test_clipping_limits_the_common_norm() -> None:
    parameters = [nn.Parameter(torch.zeros(1)) for _ in range(2)]
    for parameter, gradient in zip(parameters, (3.0, 4.0), strict=True):
        parameter.grad = torch.tensor([gradient])
    clip_gradients(parameters, 0)
    assert float(parameters[1].grad or 0) == 4.0
    clip_gradients(parameters, 1.0)
    assert [float(p.grad or 0) for p in parameters] == pytest.approx([0.6, 0.8], rel=1e-4)


@pytest.mark.parametrize(("limit", "written"), [(4.9, 1), (5.1, 0)])
def test_gradients_are_written_only_where_they_are_clipped(limit: float, written: int) -> None:
    parameters = [nn.Parameter(torch.zeros(2)) for _ in range(2)]
    for parameter, gradient in zip(parameters, ([3.0, 0.0], [0.0, 4.0]), strict=True):
        parameter.grad = torch.tensor(gradient)
    reference = [nn.Parameter(torch.zeros(2)) for _ in range(2)]
    for parameter, given in zip(reference, parameters, strict=True):
        parameter.grad = torch.zeros(2) if given.grad is None else given.grad.clone()
    clip_gradients(parameters, limit, gradient_norm(parameters))
    nn.utils.clip_grad_norm_(reference, limit)
    for parameter, given in zip(reference, parameters, strict=True):
        assert parameter.grad is not None
        assert given.grad is not None
        assert torch.equal(parameter.grad, given.grad)
        assert given.grad._version == written


def test_the_scaled_loss_goes_with_a_fused_step() -> None:
    moved = []
    for precision in (Fp32(CPU), Fp16(CPU)):
        weight = nn.Parameter(torch.tensor([1.0, 2.0]))
        optimizer = AdamW(lr=0.1).build([{"params": [weight]}])
        for scale in (1.0, 3.0):
            precision.backward((weight * scale).square().sum())
            precision.unscale(optimizer)
            precision.step(optimizer)
            optimizer.zero_grad()
        assert optimizer.defaults["fused"]
        moved.append(weight.detach())
    torch.testing.assert_close(*moved)


@pytest.mark.parametrize("skipped", [1, 3])
def test_momentum_begins_with_the_first_step_that_is_made(skipped: int) -> None:
    """The scale of fp16 begins too large, so that the first steps are skipped; the fused ones of PyTorch take what
    is in memory for a momentum then."""
    weight = nn.Parameter(torch.ones(1000))
    optimizer = SGD(lr=1.0, momentum=0.9).build([{"params": [weight]}])
    precision = Fp16(CPU)
    for factor in [float("inf")] * skipped + [1.0]:
        rubbish = [torch.full((1000,), float("nan")) for _ in range(50)]  # memory for whoever asks for some
        del rubbish
        precision.backward((weight * factor).sum())
        precision.unscale(optimizer)
        precision.step(optimizer)
        optimizer.zero_grad()
    assert torch.equal(weight.detach(), torch.zeros(1000))
