"""Blocks by the prefixes of their parameters, and backbones with and without a head."""

from __future__ import annotations

import pytest
from torch import nn

from ftcli.contracts import Backbone, Block, Form, ImagePreprocess


def test_a_block_holds_whole_names_alone() -> None:
    block = Block("first", ("layers.1", "norm"))
    assert [block.holds(name) for name in ("layers.1.weight", "layers.1", "norm.bias")] == [True] * 3
    assert [block.holds(name) for name in ("layers.10.weight", "normal", "net.norm")] == [False] * 3


def test_a_block_of_a_child() -> None:
    block = Block("first", ("layers.1", "norm")).under("net")
    assert block == Block("first", ("net.layers.1", "net.norm"))


@pytest.mark.parametrize(
    ("form", "headless"), [("vector", True), ("maps", True), ("tokens", True), ("detector", False)]
)
def test_features_need_a_head(form: Form, headless: bool) -> None:
    backbone = Backbone(nn.Identity(), ImagePreprocess(8, 8), 3, (), "test", "cnn", form=form)
    assert backbone.headless == headless
