"""Compiled steps: the same losses, gradients and names; what a machine lacks, in words."""

from __future__ import annotations

import copy
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ftcli.config.schema import Head
from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.errors import ModelError
from ftcli.models import compilation
from ftcli.models.freezing.cut import Cut
from ftcli.models.heads import Classifier

CPU = torch.device("cpu")


class Body(nn.Module):
    """The smallest network with auxiliary features."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 4)
        self.other = nn.Linear(3, 2)

    def forward(self, pixels: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        features: Tensor = self.layer(pixels).relu()
        return (features, self.other(pixels)) if self.training else features


def model() -> Classifier:
    torch.manual_seed(0)
    blocks = (Block("body", ("layer", "other")),)
    body = Backbone(
        Body(), ImagePreprocess(8, 8), 4, blocks, "tiny", "cnn", auxiliary=(2,), auxiliary_weight=0.5
    )
    made = Classifier(body, Head(), 3)
    for value in made.parameters():
        nn.init.normal_(value)
    return made


def gradients(made: Classifier, pixels: Tensor) -> list[Tensor]:
    outputs = made(pixels=pixels)
    made.zero_grad()
    sum(output.square().sum() for output in outputs).backward()
    return [*outputs, *(p.grad for p in made.parameters() if p.grad is not None)]


def test_compiled_for_real_it_is_the_same_function() -> None:
    if problem := compilation.missing(CPU):
        pytest.skip(problem)
    plain = model()
    ours = copy.deepcopy(plain)
    ours.compile_steps()
    assert list(ours.state_dict()) == list(plain.state_dict())
    pixels = torch.randn(5, 3)
    for one, other in zip(gradients(ours, pixels), gradients(plain, pixels), strict=True):
        torch.testing.assert_close(one, other)


def test_two_compilations_serve_all_sizes(compilations: list[int]) -> None:
    plain = model()
    ours = copy.deepcopy(plain)
    ours.compile_steps()
    for examples in (4, 4, 3, 5, 7, 2, 9):
        pixels = torch.randn(examples, 3)
        for one, other in zip(gradients(ours, pixels), gradients(plain, pixels), strict=True):
            torch.testing.assert_close(one, other)
    assert len(compilations) == 2


def test_evaluation_and_a_network_that_is_cut_run_as_they_are(compilations: list[int]) -> None:
    ours = model()
    ours.compile_steps()
    pixels = torch.randn(4, 3)
    ours.eval()(pixels=pixels)
    body = Backbone(
        nn.Sequential(nn.Linear(3, 4)), ImagePreprocess(8, 8), 4, (Block("body", ("0",)),), "tiny", "cnn"
    )
    cut = Classifier(body, Head(), 3)
    cut.compile_steps()
    cut.cut = Cut(body.module, body.blocks, 1, {"input": pixels})
    expected = cut.head(body.module(pixels))
    torch.testing.assert_close(cut.train()(input=pixels), expected)
    torch.testing.assert_close(cut(features=cut.cut.begin({"input": pixels})), expected)
    assert compilations == []
    cut.cut = None
    torch.testing.assert_close(cut(input=pixels), expected)
    assert len(compilations) == 1


def test_a_network_that_cannot_be_compiled_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = torch.compile

    def broken(*_: Any) -> Any:
        raise RuntimeError("no kernel for this")

    monkeypatch.setattr(
        torch, "compile", lambda function, **options: plain(function, backend=broken, **options)
    )
    ours = model()
    ours.compile_steps()
    with pytest.raises(
        ModelError, match=r"training\.compile: torch\.compile fails on this network: .*no kernel"
    ):
        ours(pixels=torch.randn(4, 3))


def test_a_machine_without_a_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from torch._inductor import config, cpp_builder

    assert compilation.missing(torch.device("mps")) is None
    cpp_builder.cpp_compiler_search.cache_clear()
    with config.patch({"cpp.cxx": (None, str(tmp_path / "g++"))}):
        assert "no C++ compiler was found" in str(compilation.missing(CPU))
    cpp_builder.cpp_compiler_search.cache_clear()
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setattr(cpp_builder, "get_cpp_compiler", lambda: "g++")
    assert "Python.h was not found" in str(compilation.missing(CPU))


def test_a_gpu_needs_triton_and_a_c_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cuda = torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (6, 1))
    monkeypatch.setattr(compilation, "find_spec", lambda _: None)
    assert "triton is not installed" in str(compilation.missing(cuda))
    monkeypatch.setattr(compilation, "find_spec", lambda _: object())
    assert "compute capability 6.1" in str(compilation.missing(cuda))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no C compiler was found" in str(compilation.missing(cuda))
