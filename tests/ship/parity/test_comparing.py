"""What counts as the same answer, and what does not."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.errors import ParityError
from ftcli.ship.parity.comparing import compare_outputs, compare_rows

IDS = ["a", "b"]
LOGITS = np.array([[1.0, 2.0], [300.0, -4.0]], dtype=np.float32)


def test_outputs_may_differ_by_little_relative_to_their_row() -> None:
    assert compare_outputs(IDS, {"outputs": LOGITS}, {"outputs": LOGITS}) == 0
    near = LOGITS + np.array([[0, 9e-5], [0.02, 0]], dtype=np.float32)
    assert 0 < compare_outputs(IDS, {"outputs": LOGITS}, {"outputs": near}) < 1e-4
    with pytest.raises(
        ParityError, match=r"row a: outputs differs by 0\.0005, and 0\.0001 is allowed, in batches of 2"
    ):
        compare_outputs(IDS, {"outputs": LOGITS}, {"outputs": LOGITS + 5e-4}, ", in batches of 2")


def test_a_network_that_has_learned_little_hides_no_fault() -> None:
    small = np.array([[2e-4, -2e-4], [3e-4, -3e-4]], dtype=np.float32)
    assert compare_outputs(IDS, {"outputs": small}, {"outputs": small + np.float32(5e-7)}) < 1e-4
    with pytest.raises(ParityError, match=r"row a: outputs differs by 2\.6e-05, and 1e-06 is allowed"):
        compare_outputs(IDS, {"outputs": small}, {"outputs": small + np.float32(2.6e-5)})


@pytest.mark.parametrize("spoilt", [np.full_like(LOGITS, np.nan), LOGITS[:1], LOGITS[:, :1]])
def test_what_is_not_a_number_or_has_another_shape_differs(spoilt: np.ndarray) -> None:
    with pytest.raises(ParityError):
        compare_outputs(IDS, {"outputs": LOGITS}, {"outputs": spoilt})
    with pytest.raises(ParityError, match="outputs logits in place of outputs"):
        compare_outputs(IDS, {"outputs": LOGITS}, {"logits": LOGITS})


def test_what_is_nowhere_a_number_is_the_same() -> None:
    nothing = np.array([[np.nan, np.inf]])
    assert compare_outputs(["a"], {"outputs": nothing}, {"outputs": nothing}) == 0


def test_a_row_without_any_number_compares_nothing() -> None:
    nothing = np.array([[0.0, 1.0], [np.nan, np.nan]])
    with pytest.raises(ParityError, match="row b: outputs of the run itself has no number"):
        compare_outputs(IDS, {"outputs": nothing}, {"outputs": nothing})


@pytest.mark.parametrize("masked", [-np.inf, np.finfo(np.float32).min])
def test_the_score_of_a_masked_class_hides_no_difference(masked: float) -> None:
    row = np.array([[masked, 1.0]], dtype=np.float32)
    assert compare_outputs(["a"], {"outputs": row}, {"outputs": row}) == 0
    with pytest.raises(ParityError, match=r"row a: outputs differs by 0\.01"):
        compare_outputs(["a"], {"outputs": row}, {"outputs": row + np.array([0, 0.01], dtype=np.float32)})
    with pytest.raises(ParityError, match="row a"):
        compare_outputs(["a"], {"outputs": row}, {"outputs": np.array([[5.0, 1.0]], dtype=np.float32)})


ROW = {"label": "cat", "probability": 0.7, "p(cat)": 0.7, "p(dog)": 0.3}


def test_answers_are_the_same_label_and_near_numbers() -> None:
    assert compare_rows("a", [ROW], [{**ROW, "probability": 0.7004}])
    for other in ({**ROW, "label": "dog"}, {**ROW, "probability": 0.702}, {"label": "cat"}):
        with pytest.raises(ParityError, match="row a: "):
            compare_rows("a", [ROW], [other])
    with pytest.raises(ParityError, match="predict gives 0 rows in place of 1"):
        compare_rows("a", [ROW], [])


def test_a_label_may_differ_where_another_is_as_likely() -> None:
    tie = {"label": "cat", "probability": 0.5002, "p(cat)": 0.5002, "p(dog)": 0.4998}
    turned = {"label": "dog", "probability": 0.5001, "p(cat)": 0.4999, "p(dog)": 0.5001}
    assert not compare_rows("a", [tie], [turned])
    many = {"label": ("x",), "p(x)": 0.5001, "p(y)": 0.2}
    assert not compare_rows("a", [many], [{**many, "label": []}])
    word = {"position": 1, "word": "a", "label": "B", "probability": 0.4}
    assert not compare_rows("a", [word], [{**word, "label": "O"}])
    with pytest.raises(ParityError):
        compare_rows("a", [{**word, "probability": 0.9}], [{**word, "label": "O", "probability": 0.9}])


def test_either_label_is_the_answer_of_a_network_that_has_learned_nothing() -> None:
    even = {"label": "cat", "probability": 0.5, "p(cat)": 0.5, "p(dog)": 0.5}
    assert compare_rows("a", [even], [{**even, "label": "dog"}])


def test_a_label_that_its_own_probabilities_deny_differs() -> None:
    tie = {"label": "cat", "probability": 0.5002, "p(cat)": 0.5002, "p(dog)": 0.4998}
    with pytest.raises(ParityError, match="row a: label is dog in place of cat"):
        compare_rows("a", [tie], [{**tie, "label": "dog"}])


def test_masks_are_compared_pixel_by_pixel() -> None:
    mask = np.zeros((100, 100), dtype=np.uint8)
    other = mask.copy()
    other[0, :5] = 1
    assert compare_rows("a", [{"mask": mask}], [{"mask": other}])
    other[0] = 1
    with pytest.raises(ParityError, match="row a: mask"):
        compare_rows("a", [{"mask": mask}], [{"mask": other}])
