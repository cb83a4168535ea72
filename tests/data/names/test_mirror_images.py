"""Classes that are mirror images, by their names."""

from __future__ import annotations

import pytest

from ftcli.data.names.mirror_images import mirror_pair


@pytest.mark.parametrize(
    "names",
    [
        "left right",
        "turn_left turn_right stop",
        "LeftHand RightHand",
        "lefthand righthand",
        "turnleft turnright",
        "left-to-right right-to-left",
        "arrow_l arrow_r",
        "L R",
        "wind_west wind_east",
        "NW NE",
        "eye-OD eye-OS",
        "clockwise counterclockwise",
        "links_abbiegen rechts_abbiegen",
        "gauche droite",
        "izquierda derecha",
        "налево направо",
        "左转 右转",
        "왼쪽 오른쪽",
        "hand2left hand2right",
        "b d f",
        "01_left_hand 02_right_hand",
        "0_left 1_right",
        "clockwise counter-clockwise",
        "anti_clockwise clockwise",
        "< >",
        "gt lt eq",
    ],
)
def test_mirror_images(names: str) -> None:
    found = mirror_pair(names.split())
    assert found is not None
    assert set(found) == set(names.split()[:2])


@pytest.mark.parametrize(
    "names",
    [
        "cat dog",
        "left leftover",
        "right wrong",
        "turn_left go_right",
        "west yeast beast",
        "l m n",
        "A B C D",
        "a b c e",
        "north south",
        "01_left 02_middle",
        "2_x 5_x",
        "1 2 3",
        "",
    ],
)
def test_others(names: str) -> None:
    assert mirror_pair(names.split()) is None


def test_a_pair_among_many() -> None:
    many = [f"class {index}" for index in range(20_000)]
    assert mirror_pair([*many, "left ear", "right ear"]) == ("left ear", "right ear")
