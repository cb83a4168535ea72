"""Set-up of the process: cores limited by affinity and quotas, malloc, channels last."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from torch import nn

from ftcli.training import hardware
from ftcli.training.hardware import USERS_OWN, available_cores, channels_last, keep_memory, use_cores


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


FAULTS = """
import resource
from ftcli.training.hardware import keep_memory
kept = keep_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    bytearray(64 * 2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
first, second = faults(), faults()
print(kept, first > 8000, second > 8000)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has mallopt")
@pytest.mark.parametrize(
    ("environment", "seen"), [({}, "True True False"), ({"GLIBC_TUNABLES": ""}, "False True True")]
)
def test_freed_memory_is_taken_again_as_it_is(environment: dict[str, str], seen: str) -> None:
    """64 MB are 16,384 pages, each of which the system fills with zeros when it is first touched."""
    plain = {name: value for name, value in os.environ.items() if name not in USERS_OWN}
    done = subprocess.run(
        [sys.executable, "-c", FAULTS], env=plain | environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == seen


@pytest.mark.parametrize(("device", "kept"), [("cpu", [True]), ("cuda", [])])
def test_memory_is_kept_where_the_cpu_computes(
    device: str, kept: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(hardware, "use_cores", lambda: None)
    monkeypatch.setattr(hardware, "keep_memory", lambda: seen.append(True))
    hardware.suit(torch.device(device))
    assert seen == kept


def test_other_c_libraries_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in USERS_OWN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not keep_memory()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_memory()


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
