"""Feature pyramids of several maps and of one."""

from __future__ import annotations

import pytest
import torch

from ftcli.models.detection.pyramid import LEVELS, Pyramid


@pytest.mark.parametrize(
    ("strides", "sizes"),
    [((8, 16, 32), (16, 8, 4, 2, 1)), ((16,), (16, 8, 4, 2, 1)), ((8, 16), (16, 8, 4, 2, 1))],
)
def test_each_level_has_half_the_side_of_the_one_before(
    strides: tuple[int, ...], sizes: tuple[int, ...]
) -> None:
    maps = {str(stride): torch.rand(1, 4 * stride, 128 // stride, 128 // stride) for stride in strides}
    levels = Pyramid({name: value.shape[1] for name, value in maps.items()}, 24)(maps)
    assert [*levels] == [str(index) for index in range(LEVELS)]
    assert [tuple(level.shape) for level in levels.values()] == [(1, 24, size, size) for size in sizes]
