"""Order, seeds, workers and mistakes on the way to a batch."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ftcli.contracts import Batch, Encoded, Example
from ftcli.errors import ConfigError, DataError, Mistake, UserError, WorkerError
from ftcli.loading.batch_sampler import BatchSampler
from ftcli.loading.encoded import Encodings
from ftcli.loading.loader import Loader, example_seed


class Counting:
    """A split of numbers that counts how often it is read."""

    def __init__(self, size: int) -> None:
        self.size, self.reads = size, 0

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Example:
        self.reads += 1
        return Example(str(index), {"number": index})

    def targets(self) -> Sequence[None]:
        return [None] * self.size


Encode = Callable[[Example], Encoded]


def encode(example: Example) -> Encoded:
    return Encoded(example.id, {"pixels": torch.tensor([example.inputs["number"]])})


class Encoder:
    """A task's first verbs; counts how many examples are encoded."""

    sequence = None

    def __init__(self, encode: Encode = encode) -> None:
        self._encode, self.calls = encode, 0

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        if inputs is not None:
            return Encoded(example.id, inputs)
        self.calls += 1
        return self._encode(example)

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        raise NotImplementedError


def collate(encoded: Sequence[Encoded], *, training: bool) -> Batch:
    seeds = [one.seed for one in encoded]
    return Batch(
        {"pixels": torch.stack([one.inputs["pixels"] for one in encoded])}, seeds, [one.id for one in encoded]
    )


def loader(
    size: int = 10, *, encode: Encode = encode, batch_size: int = 4, seed: int = 7, training: bool = True,
    workers: int = 0, remember: int = 0, split: Any = None, encoder: Encoder | None = None, views: int | None = None,
) -> Loader:  # fmt: skip
    examples = Encodings(split or Counting(size), encoder or Encoder(encode), remember=remember)
    order = BatchSampler(len(examples), batch_size, seed=seed, training=training)
    return Loader(examples, collate, order, seed=seed, training=training, workers=workers, views=views)


def seen(batches: Any) -> list[tuple[str, int]]:
    return [pair for batch in batches for pair in zip(batch.ids, batch.targets, strict=True)]


def test_evaluation_goes_in_order() -> None:
    batches = list(loader(9, training=False).epoch(0))
    assert [len(batch.ids) for batch in batches] == [4, 4, 1]
    assert [id for id, _ in seen(batches)] == [str(number) for number in range(9)]


def test_training_order_is_a_function_of_seed_and_epoch() -> None:
    one = loader()
    first, second = seen(one.epoch(0)), seen(one.epoch(1))
    assert sorted(id for id, _ in first) == sorted(map(str, range(10)))
    assert first == seen(loader().epoch(0))
    assert [id for id, _ in first] != [id for id, _ in second]
    assert [id for id, _ in first] != [id for id, _ in seen(loader(seed=8).epoch(0))]
    assert dict(second)["3"] == example_seed(7, 1, 3) != dict(first)["3"]


def test_seeds_of_examples_never_change() -> None:
    assert example_seed(0, 0, 0) == 9044811311333822937
    assert len({example_seed(s, e, i) for s in range(3) for e in range(3) for i in range(50)}) == 450


@pytest.mark.parametrize(
    ("size", "batch_size", "sizes"),
    [
        (9, 4, [4, 5]),
        (8, 4, [4, 4]),
        (10, 4, [4, 4, 2]),
        (1, 4, [1]),
        (3, 1, [1, 1, 1]),
        (3, 8, [3]),
        (0, 4, []),
    ],
)
def test_a_last_batch_of_one_joins_the_batch_before(size: int, batch_size: int, sizes: list[int]) -> None:
    one = loader(size, batch_size=batch_size)
    assert [len(batch.ids) for batch in one.epoch(0)] == sizes
    assert (len(one), one.examples) == (len(sizes), size)


def test_skipped_batches_are_not_read() -> None:
    split = Counting(10)
    rest = seen(loader(split=split).epoch(2, skip=1))
    assert split.reads == 6
    assert rest == seen(loader().epoch(2))[4:]


def test_encoded_examples_are_remembered_with_fresh_seeds() -> None:
    encoder = Encoder()
    one = loader(encoder=encoder, remember=1 << 20)
    first, second = seen(one.epoch(0)), seen(one.epoch(1))
    assert encoder.calls == 10
    assert dict(first)["3"] != dict(second)["3"]
    assert second == seen(loader().epoch(1))


def test_memory_has_a_budget() -> None:
    encoder = Encoder()
    one = loader(encoder=encoder, remember=5 * 508)  # 500 bytes of objects and one int64
    list(one.epoch(0))
    list(one.epoch(1))
    assert encoder.calls == 10 + 5


def test_views_come_back() -> None:
    one = loader(views=2)
    seeds = [dict(seen(one.epoch(epoch))) for epoch in range(4)]
    assert seeds[0] == seeds[2] == dict(seen(loader().epoch(0)))
    assert seeds[1] == seeds[3] != seeds[0]
    assert seen(one.epoch(0)) != seen(one.epoch(2))  # but in another order


def test_workers_change_nothing() -> None:
    alone, helped = loader(), loader(workers=2)
    for epoch in range(2):
        assert seen(helped.epoch(epoch)) == seen(alone.epoch(epoch))
    partly = helped.epoch(2)
    next(partly)
    partly.close()  # type: ignore[attr-defined]
    assert seen(helped.epoch(3, skip=1)) == seen(alone.epoch(3, skip=1))


def threads(example: Example) -> Encoded:
    return Encoded(str(torch.get_num_threads()), {"pixels": torch.zeros(1)})


def test_workers_use_one_thread() -> None:
    assert {id for id, _ in seen(loader(workers=1, encode=threads).epoch(0))} == {"1"}


def refuse(example: Example) -> Encoded:
    if example.id == "5":
        raise DataError("5.png cannot be decoded")
    return encode(example)


def refuse_with_mistakes(example: Example) -> Encoded:
    raise ConfigError([Mistake("x.yaml:1", "data.augment", "no such thing")])


@pytest.mark.parametrize("workers", [0, 1])
def test_a_mistake_arrives_as_it_was_raised(workers: int) -> None:
    with pytest.raises(DataError, match=r"^5.png cannot be decoded$"):
        list(loader(workers=workers, encode=refuse).epoch(0))
    with pytest.raises(ConfigError, match=r"^x.yaml:1: data.augment: no such thing$"):
        list(loader(workers=workers, encode=refuse_with_mistakes).epoch(0))


def test_a_bug_stays_a_bug() -> None:
    def broken(example: Example) -> Encoded:
        raise KeyError("ours")

    with pytest.raises(KeyError) as caught:
        list(loader(encode=broken).epoch(0))
    assert not isinstance(caught.value, UserError)


def die(example: Example) -> Encoded:
    os._exit(9)


def test_a_dead_worker_is_explained() -> None:
    with pytest.raises(WorkerError, match=r"was killed.*lower data.workers"):
        list(loader(workers=1, encode=die).epoch(0))


def test_a_worker_that_dies_between_epochs_is_explained() -> None:
    batches = loader(workers=1)
    list(batches.epoch(0))
    (worker,) = multiprocessing.active_children()
    worker.kill()
    worker.join()
    with pytest.raises(WorkerError, match=r"was killed.*lower data.workers"):
        list(batches.epoch(1))


def test_a_pinned_batch_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a GPU nothing is pinned, so what would be is told by its sign."""
    monkeypatch.setattr(Tensor, "pin_memory", lambda self: -self)
    pinned = Batch({"pixels": torch.ones(2), "name": "a"}, torch.ones(1), ["1"]).pin_memory()
    assert pinned.inputs["pixels"].tolist() == [-1.0, -1.0]
    assert pinned.targets.tolist() == [-1.0]
    assert (pinned.inputs["name"], pinned.ids) == ("a", ["1"])
    assert Batch({"pixels": torch.ones(2)}).pin_memory().targets is None


def test_the_loader_pins_where_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tensor, "pin_memory", lambda self: -self)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    examples = Encodings(Counting(4), Encoder())
    order = BatchSampler(4, 4, seed=0, training=False)
    for pin in (False, True):
        made = Loader(examples, collate, order, seed=0, training=False, pin=pin)
        (batch,) = made.epoch(0)
        expected = [[0], [-1], [-2], [-3]] if pin else [[0], [1], [2], [3]]
        assert batch.inputs["pixels"].tolist() == expected


ABANDONED = """
import time
from tests.loading.test_loader import loader
batches = loader(400, workers=2).epoch(0)
next(batches)
print(flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere PyTorch's workers look for their parent now and then"
)
def test_workers_end_with_their_parent() -> None:
    command = [sys.executable, "-c", ABANDONED]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        workers = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        parent.kill()
    assert len(workers) == 2
    latest = time.monotonic() + 3
    while any(map(alive, workers)) and time.monotonic() < latest:
        time.sleep(0.02)
    assert not any(map(alive, workers))


HELD = """
from tests.loading.test_loader import loader
held = [loader(400, workers=2)]
held.append(held)
batches = held[0].epoch(0)
held.append(batches)
next(batches)
raise SystemExit(7)
"""


def test_workers_that_are_still_in_use_do_not_keep_their_parent_from_ending() -> None:
    command = [sys.executable, "-c", HELD]
    ended = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (7, b"")


def alive(process: str) -> bool:
    """Whether a process is there, and no mere entry that nobody has asked for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
