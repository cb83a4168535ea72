from __future__ import annotations

import torch

from ftcli.config.schema import Model
from ftcli.models.load import load_backbone
from ftcli.models.network import Network
from ftcli.models.request import Request


def test_a_network_with_its_head_inside_has_the_head_as_its_last_block() -> None:
    request = Request(Model("torchvision/shufflenet_v2_x0_5", "none", detector="fcos"), "image", outputs=2)
    backbone = load_backbone("detector", request)
    model = Network(backbone)
    assert [block.name for block in model.blocks] == [*(block.name for block in backbone.blocks), "head"]
    assert model.blocks[-1].prefixes == ("backbone.neck", "backbone.head")
    held = [*model.named_parameters(), *model.named_buffers()]
    assert all(sum(block.holds(name) for block in model.blocks) == 1 for name, _ in held)
    assert (model.cut, model.uncut) == (None, "a network of this kind is not cut")
    inputs = {"pixels": torch.rand(1, 3, 64, 64), "sizes": torch.tensor([[64, 64]])}
    with torch.no_grad():
        ours, theirs = (one.eval()(**inputs).detections[0] for one in (model, backbone.module))
    assert torch.equal(ours["boxes"], theirs["boxes"])
