"""Which examples go where, by the seed and their ids."""

from __future__ import annotations

import numpy as np

from ftcli.data.sampling import at_most, guarded, in_proportion, ranks, stratified

IDS = [str(number) for number in range(100)]


def test_a_rank_depends_on_seed_salt_and_id_alone() -> None:
    whole = ranks(IDS, 1, "val")
    assert ranks(IDS[50:], 1, "val").tolist() == whole[50:].tolist()
    assert ranks(IDS, 2, "val").tolist() != whole.tolist()
    assert ranks(IDS, 1, "test").tolist() != whole.tolist()


def test_a_share_of_each_class_and_never_all_of_one() -> None:
    codes = np.array([0] * 80 + [1] * 17 + [2] * 2 + [3], dtype=np.int32)
    taken = stratified(IDS, codes, 0.25, seed=0, salt="val")
    assert np.bincount(codes[taken], minlength=4).tolist() == [20, 4, 1, 0]


def test_a_new_example_moves_hardly_any_other() -> None:
    codes = np.zeros(101, dtype=np.int32)
    before = stratified(IDS, codes[:100], 0.2, seed=0, salt="val")
    after = stratified([*IDS, "new"], codes, 0.2, seed=0, salt="val")[:100]
    assert int((before != after).sum()) <= 1


def test_each_label_of_many_stays_in_training() -> None:
    sets = [("a",), ("a", "b")]
    codes = np.array([0] * 99 + [1], dtype=np.int32)
    for seed in range(20):
        assert not guarded(IDS, codes, sets, 0.5, seed=seed, salt="val")[99]


def test_each_beginning_of_an_order_has_the_classes_in_proportion() -> None:
    codes = np.repeat([0, 1, 2], [700, 200, 100])
    order = in_proportion(codes, np.random.default_rng(0).permutation(1000), 2)
    assert sorted(order.tolist()) == list(range(1000))
    for size in (50, 100, 500):
        found = np.bincount(codes[order[:size]])
        assert np.abs(found - size * np.asarray([0.7, 0.2, 0.1])).max() <= 2.1


def test_some_of_each_class_come_first_however_rare_it_is() -> None:
    codes = np.repeat([0, 1], [990, 10])
    order = in_proportion(codes, np.arange(1000), 2)
    assert [np.bincount(codes[order[:size]]).tolist() for size in (2, 4)] == [[1, 1], [2, 2]]


def test_at_most_so_many_of_each_class() -> None:
    codes = np.arange(100, dtype=np.int32) % 2
    kept = at_most(IDS, codes, 3, seed=0)
    assert np.bincount(codes[kept]).tolist() == [3, 3]
    assert kept.tolist() == sorted(kept.tolist())
    assert at_most(IDS, codes, 60, seed=0).tolist() == list(range(100))
