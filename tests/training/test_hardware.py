"""Cores: what the machine has, less what affinity and quotas take away."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from torch import nn

from ftcli.training import hardware
from ftcli.training.hardware import available_cores, channels_last, use_cores


@pytest.fixture(autouse=True)
def _sixteen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(12)), raising=False)


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 12),
        ({"cpu.max": "max 100000\n"}, 12),
        ({"cpu.max": "250000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 12),
        ({"cpu.max": "nonsense\n"}, 12),
    ],
)
def test_a_quota_limits_the_cores(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert available_cores(tmp_path) == cores


def test_threads_are_lowered_unless_the_environment_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", wanted.append)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 16)
    monkeypatch.setattr(hardware, "available_cores", lambda: 2)
    monkeypatch.setenv("TORCHINDUCTOR_COMPILE_THREADS", "7")
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    use_cores()
    assert wanted == []
    assert os.environ["TORCHINDUCTOR_COMPILE_THREADS"] == "7"
    monkeypatch.delenv("TORCHINDUCTOR_COMPILE_THREADS")
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    use_cores()
    assert wanted == [2]
    assert os.environ["TORCHINDUCTOR_COMPILE_THREADS"] == "2"


def test_convolutions_with_channels_last_give_the_same_and_keep_their_names() -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 2)
    )
    pixels = torch.randn(2, 3, 8, 8)
    ours = deepcopy(plain)
    same: nn.Module = channels_last(ours)
    assert same is ours
    weight = ours.get_parameter("0.weight")
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert not weight.is_contiguous()
    assert list(ours.state_dict()) == list(plain.state_dict())
    between = ours[0](pixels.contiguous(memory_format=torch.channels_last))
    assert between.is_contiguous(memory_format=torch.channels_last)
    outputs = [net(pixels).square().sum() for net in (plain, ours)]
    torch.testing.assert_close(*outputs)
    for output in outputs:
        output.backward()
    for one, other in zip(plain.parameters(), ours.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)
