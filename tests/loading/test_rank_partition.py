"""Parts of batches: together they are the whole, in its order, whatever the number of processes."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.loading.batch_sampler import BatchSampler
from ftcli.loading.encoded import Encodings
from ftcli.loading.loader import Loader
from ftcli.loading.rank_partition import Partition
from tests.loading.test_loader import Counting, Encoder, collate

PROCESSES = (1, 2, 3, 5, 8)


@pytest.mark.parametrize("size", PROCESSES)
@pytest.mark.parametrize("examples", [0, 1, 4, 11])
def test_a_batch_is_shared_without_rest(size: int, examples: int) -> None:
    batch = np.arange(examples) * 3
    parts = [Partition(rank, size).of_batch(batch) for rank in range(size)]
    assert sorted(np.concatenate(parts).tolist()) == batch.tolist()
    lengths = [len(part) for part in parts]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("size", PROCESSES)
@pytest.mark.parametrize("examples", [2, 3, 4, 7, 11])
def test_no_process_has_a_single_example_where_batch_norm_needs_two(size: int, examples: int) -> None:
    parts = [Partition(rank, size, least=2).of_batch(np.arange(examples)) for rank in range(size)]
    assert sorted(np.concatenate(parts).tolist()) == list(range(examples))
    assert 1 not in [len(part) for part in parts]


@pytest.mark.parametrize("size", PROCESSES)
@pytest.mark.parametrize("count", [0, 1, 2, 7, 40])
def test_batches_that_are_scored_are_shared_in_runs(size: int, count: int) -> None:
    batches = [np.arange(i, i + 1 + i % 3) for i in range(count)]
    runs = [Partition(rank, size).of_batches(batches, len) for rank in range(size)]
    assert [batch.tolist() for run in runs for batch in run] == [batch.tolist() for batch in batches]


def test_runs_cost_about_the_same() -> None:
    lengths = np.arange(1, 65, dtype=np.int32)  # sorted, so that the last batches are far longer
    order = BatchSampler(64, 4, seed=0, training=False, lengths=lengths)
    batches = order.batches(0)
    costs = [sum(map(order.cost, Partition(rank, 2).of_batches(batches, order.cost))) for rank in (0, 1)]
    assert abs(costs[0] - costs[1]) <= max(map(order.cost, batches))


@pytest.mark.parametrize("training", [True, False])
def test_loaders_of_all_processes_give_each_example_once(training: bool) -> None:
    order = BatchSampler(11, 4, seed=3, training=training)
    given: list[str] = []
    for rank in range(3):
        loader = Loader(
            Encodings(Counting(11), Encoder()),
            collate,
            order,
            seed=3,
            training=training,
            part=Partition(rank, 3),
        )
        made = list(loader.epoch(1))
        if training:  # all take part in each step
            assert [batch.examples for batch in made] == [len(batch) for batch in order.batches(1)]
            assert all(len(batch.inputs["pixels"]) for batch in made)
        given += [id_ for batch in made for id_ in batch.ids]
    assert sorted(given) == sorted(str(i) for i in range(11))
