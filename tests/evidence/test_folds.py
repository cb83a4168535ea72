from __future__ import annotations

import numpy as np
import pytest

from ftcli.errors import EvidenceError
from ftcli.evidence.folds import masks


def test_each_repeat_holds_out_every_example_once() -> None:
    seen = masks(np.zeros(83), None, seed=0)
    assert (~seen).reshape(3, 5, 83).sum(axis=1).tolist() == [[1] * 83] * 3


def test_repeats_differ_and_large_data_has_one() -> None:
    assert len(np.unique(masks(np.zeros(40), None, seed=0), axis=0)) == 20
    assert len(masks(np.zeros(200), None, seed=0)) == 5


def test_folds_hold_each_class_alike() -> None:
    strata = np.repeat([0, 1, 2], [201, 50, 7])
    held = ~masks(strata, None, seed=1)
    for kind, count in enumerate((201, 50, 7)):
        shares = held[:, strata == kind].sum(axis=1)
        assert shares.min() >= count // 5
        assert shares.max() <= -(-count // 5)
    assert np.ptp(held.sum(axis=1)) <= 1


def test_groups_stay_whole_and_classes_are_spread_all_the_same() -> None:
    generator = np.random.default_rng(0)
    groups = generator.integers(0, 120, 300)
    strata = groups % 3
    held = ~masks(strata, groups, seed=0)
    for group in np.unique(groups):
        assert len(np.unique(held[:, groups == group].argmax(axis=0))) == 1
    for kind in range(3):
        assert np.ptp(held[:, strata == kind].sum(axis=1)) <= 4


def test_one_group_is_a_mistake() -> None:
    with pytest.raises(EvidenceError, match="one group"):
        masks([0, 1, 0, 1], [7, 7, 7, 7], seed=0)
