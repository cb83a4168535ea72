"""Blocks: which parameters and buffers they hold."""

from __future__ import annotations

import pytest
from torch import nn

from ftcli.contracts import Backbone, Block, Form, ImagePreprocess, block_by_name


def test_a_block_holds_whole_names_only() -> None:
    blocks = [Block("a", ("layer.1",)), Block("b", ("layer.10", "norm"))]
    found = block_by_name(["layer.1.weight", "layer.10.weight", "norm", "layer.2.weight"], blocks)
    assert {name: block.name for name, block in found.items()} == {
        "layer.1.weight": "a",
        "layer.10.weight": "b",
        "norm": "b",
    }


def test_a_block_of_a_child_has_its_path_before_every_prefix() -> None:
    block = Block("stem", ("conv", "norm")).under("net")
    assert block == Block("stem", ("net.conv", "net.norm"))
    assert block.holds("net.conv.weight")
    assert not block.holds("conv.weight")


@pytest.mark.parametrize(
    ("form", "headless"), [("vector", True), ("maps", True), ("tokens", True), ("detector", False)]
)
def test_features_need_a_head(form: Form, headless: bool) -> None:
    backbone = Backbone(nn.Identity(), ImagePreprocess(8, 8), 3, (), "test", "cnn", form=form)
    assert backbone.headless == headless
