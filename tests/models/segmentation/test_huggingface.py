from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers as hf

from ftcli.config.schema import Head
from ftcli.models.heads import Classifier
from tests.models.conftest import load
from tests.models.segmentation.conftest import pixels
from tests.tiny.segmenters import SEGMENTERS


@pytest.mark.parametrize("name", SEGMENTERS)
def test_the_head_takes_the_place_of_hugging_faces_last_layer(made: dict[str, str], name: str) -> None:
    backbone = load(made[name], "image", image_size=32, form="maps")
    net = hf.AutoModelForSemanticSegmentation.from_pretrained(made[name]).eval()
    model = Classifier(backbone, Head(), net.config.num_labels).eval()
    convolutions = {n: one for n, one in net.named_modules() if isinstance(one, torch.nn.Conv2d)}
    last = [
        one
        for n, one in convolutions.items()
        if one.out_channels == net.config.num_labels and "auxiliary" not in n
    ]
    layer: Any = model.head[0]
    with torch.no_grad():
        layer.weight.copy_(last[-1].weight)
        layer.bias.copy_(last[-1].bias)
        theirs = net(pixel_values=pixels(32)).logits
        torch.testing.assert_close(model(pixels=pixels(32)), theirs, rtol=1e-4, atol=1e-5)
