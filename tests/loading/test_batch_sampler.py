"""Which examples come together: everything once, alike where lengths are known, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.loading.batch_sampler import BatchSampler, restore

LENGTHS = np.random.default_rng(0).integers(3, 60, 203).astype(np.int32)


def order(
    examples: int = 203, size: int = 8, *, training: bool = True, seed: int = 0, lengths: bool = True
) -> BatchSampler:
    return BatchSampler(
        examples, size, seed=seed, training=training, lengths=LENGTHS[:examples] if lengths else None
    )


def padded(one: BatchSampler, epoch: int = 0) -> int:
    return sum(int(LENGTHS[batch].max()) * len(batch) for batch in one.batches(epoch))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("lengths", [True, False])
@pytest.mark.parametrize("examples", [0, 1, 7, 8, 9, 16, 17, 203])
def test_every_example_comes_once(examples: int, lengths: bool, training: bool) -> None:
    one = order(examples, training=training, lengths=lengths)
    for epoch in (0, 1):
        batches = one.batches(epoch)
        assert sorted(np.concatenate([np.empty(0, int), *batches])) == list(range(examples))
        assert len(batches) == len(one)
        assert all(1 <= len(batch) <= 9 for batch in batches)


def test_a_training_epoch_is_a_function_of_seed_and_epoch() -> None:
    flat = [
        np.concatenate(one.batches(epoch)).tolist()
        for one in (order(), order(), order(seed=1))
        for epoch in (0, 1)
    ]
    assert flat[:2] == flat[2:4]
    assert len({tuple(row) for row in flat}) == 4


def test_batches_of_one_training_length_change_from_epoch_to_epoch() -> None:
    members = [{frozenset(batch.tolist()) for batch in order().batches(epoch)} for epoch in (0, 1)]
    assert len(members[0] & members[1]) <= 2


def test_texts_of_similar_length_waste_little() -> None:
    needed = int(LENGTHS.sum())
    assert padded(order(lengths=False)) > 1.5 * needed
    assert padded(order()) < 1.2 * needed
    assert padded(order(training=False)) < 1.1 * needed


def test_the_short_batch_is_not_always_the_longest_texts() -> None:
    short = [next(batch for batch in order().batches(epoch) if len(batch) == 3) for epoch in range(8)]
    means = [float(LENGTHS[batch].mean()) for batch in short]
    assert max(means) - min(means) > 20


def test_batches_are_not_sorted_by_length() -> None:
    longest = [int(LENGTHS[batch].max()) for batch in order().batches(0)]
    assert longest != sorted(longest)
    assert longest != sorted(longest, reverse=True)


def test_evaluation_is_the_same_each_time() -> None:
    first, second = order(training=False).batches(0), order(training=False, seed=5).batches(3)
    assert [batch.tolist() for batch in first] == [batch.tolist() for batch in second]


@pytest.mark.parametrize("training", [True, False])
def test_a_token_budget_holds_for_every_batch(training: bool) -> None:
    one = BatchSampler(203, 16, seed=0, training=training, lengths=LENGTHS, max_tokens=120)
    sizes = set()
    for epoch in range(5):
        batches = one.batches(epoch)
        assert len(batches) == len(one)
        assert sorted(np.concatenate(batches)) == list(range(203))
        assert all(len(b) <= 16 and int(LENGTHS[b].max()) * len(b) <= 120 for b in batches)
        sizes |= {len(b) for b in batches}
    assert {2, 16} <= sizes
    alone = BatchSampler(203, 16, seed=0, training=training, lengths=LENGTHS, max_tokens=8)
    assert all(len(b) == 1 or int(LENGTHS[b].max()) * len(b) <= 8 for b in alone.batches(0))


def test_items_come_back_in_the_order_of_the_input() -> None:
    one = order(training=False)
    indices = one.indices(0)
    assert list(restore(indices, (f"item {i}" for i in indices))) == [f"item {i}" for i in range(203)]
    assert list(restore([], [])) == []
    with pytest.raises(ValueError, match="shorter"):
        list(restore([0, 1], ["a"]))
