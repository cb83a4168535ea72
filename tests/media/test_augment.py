"""Changes of images, and of the boxes in them."""

from __future__ import annotations

import pytest
import torch

from ftcli.media.augment import Change, flip

PLAIN = (1.0, 1.0, 1.0)


def test_boxes_are_cut_mirrored_and_scaled_and_left_out_where_little_is_left() -> None:
    change = Change(top=10, left=10, height=20, width=40, mirrored=True, factors=PLAIN)
    boxes = torch.tensor([[20.0, 12, 30, 22], [0, 10, 16, 20], [0, 10, 14, 20], [60, 40, 70, 50]])
    changed, kept = change.boxes(boxes, (40, 80))
    assert kept.tolist() == [True, True, False, False]  # 1, 6 / 16 and 4 / 14 of their areas; none
    assert changed[:2].tolist() == [[40, 4, 60, 24], [68, 0, 80, 20]]


@pytest.mark.parametrize(("height", "width"), [(300, 400), (400, 300), (100, 100)])
def test_parts_keep_the_ratio_of_their_image(height: int, width: int) -> None:
    for seed in range(20):
        change = flip.draw(height, width, seed, (width / height, width / height))
        assert abs(change.width / change.height - width / height) < 0.03
        assert change.width * change.height >= 0.49 * height * width
