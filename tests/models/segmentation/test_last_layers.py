from __future__ import annotations

from torch import nn

from ftcli.models.segmentation.last_layers import MARK, classifiers


def test_the_layers_of_the_marked_number_of_classes_are_found() -> None:
    last, auxiliary = nn.Conv2d(4, MARK, 1), nn.Conv2d(4, MARK, 1)
    net = nn.ModuleDict({"body": nn.Conv2d(3, 4, 1), "last": last, "auxiliary": nn.Sequential(auxiliary)})
    assert classifiers(net) == {"last": last, "auxiliary.0": auxiliary}
