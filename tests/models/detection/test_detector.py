"""What all detectors share."""

from __future__ import annotations

import torch
from torch import nn

from ftcli.models.detection.detector import around, padded, same_numbers, set_prior


def test_images_are_padded_right_and_below() -> None:
    pixels = torch.rand(2, 3, 33, 64)
    found = padded(pixels, 32)
    assert found.shape == (2, 3, 64, 64)
    assert torch.equal(found[:, :, :33], pixels)
    assert not found[:, :, 33:].any()
    assert padded(found, 32) is found


def test_random_numbers_are_the_same_and_those_outside_go_on() -> None:
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    first = torch.rand(1)
    draws = []
    for _ in range(2):
        with same_numbers(torch.device("cpu")):
            draws.append(torch.rand(3))
    assert torch.equal(draws[0], draws[1])
    assert torch.equal(torch.cat([first, torch.rand(1)]), expected)


def test_classes_are_improbable_at_first() -> None:
    layer = nn.Linear(4, 3)
    set_prior(layer)
    assert torch.allclose(layer.bias.sigmoid(), torch.full((3,), 0.01))
    set_prior(layer, sigmoid=False)
    assert not layer.bias.any()


def test_paths_around_a_part_cover_the_rest_once() -> None:
    net = nn.Sequential()
    net.body = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
    net.head = nn.Linear(2, 2)
    assert around(net, ["body.0"]) == ["body.2", "head"]
    assert around(net, ["head"]) == ["body"]
