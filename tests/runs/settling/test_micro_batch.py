"""How many examples go through the network at once: by a line through two steps, verified by a third."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from ftcli.errors import MemoryShortError
from ftcli.runs.measuring import put_back
from ftcli.runs.measuring.bench import Bench, StepCost
from ftcli.runs.measuring.memory import DeviceMemory
from ftcli.runs.session import prepare
from ftcli.runs.settling import micro_batch
from ftcli.runs.settling.micro_batch import _search, chosen, find_micro_batch, knee, line, rounded
from ftcli.runs.train import train
from ftcli.training.distributed.group import Group
from tests.runs.settling.small import small

MIB = 2**20


def cost(size: int, peak: float, seconds: float = 1.0) -> StepCost:
    return StepCost(size, seconds, int(peak * MIB), 100 * MIB)


def test_the_line_goes_through_both_sizes() -> None:
    start, each = line([cost(2, 140), cost(16, 280)])
    assert (start / MIB, each / MIB) == pytest.approx((20, 10))
    assert line([cost(2, 140)]) == (0, 20 * MIB)
    assert line([cost(2, 280), cost(16, 280)])[1] == 0


@pytest.mark.parametrize(
    ("room", "share", "least", "size"),
    [
        (None, 32, 1, 32),
        (1000 * MIB, 32, 1, 32),
        (300 * MIB, 32, 1, 24),  # (300 - 20) / 10 = 28
        (90 * MIB, 32, 1, 4),  # 7, and below 8 a power of 2
        (90 * MIB, 32, 8, 8),  # batch norms
        (0, 32, 1, 1),
        (1000 * MIB, 100, 1, 32),  # twice what was measured
    ],
)
def test_the_largest_size_that_has_room(room: int | None, share: int, least: int, size: int) -> None:
    costs = [cost(2, 140, 2.0), cost(16, 280, 3.0)]
    assert chosen(costs, room, share, least) == size


def test_a_smaller_size_that_is_as_fast_is_taken() -> None:
    assert knee([cost(2, 140, 0.2), cost(16, 280, 1.6)], 32) == 8  # all in the examples
    assert knee([cost(2, 140, 1.0), cost(16, 280, 1.0)], 32) == 32  # all in the step
    assert knee([cost(2, 140, 1.0), cost(16, 280, 8.0)], 8) == 8
    assert [rounded(size) for size in (1, 3, 7, 8, 23)] == [1, 2, 4, 8, 16]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all steps that are taken; each takes 10 MiB an example."""
    taken: list[int] = []

    def measure(place: Bench, indices: Any, **_: Any) -> StepCost:
        taken.append(len(indices))
        return cost(len(indices), 120 + 10 * len(indices))

    monkeypatch.setattr(Bench, "measure", measure)
    monkeypatch.setattr(micro_batch, "forked", lambda work: work())
    return taken


@pytest.mark.parametrize(
    ("free", "size", "steps"),
    [(4000, 12, [2, 12]), (320, 12, [2, 8, 12]), (260, 8, [2, 6, 8]), (180, 2, [2])],
)
def test_at_most_four_steps_are_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    counted: list[int],
    free: int,
    size: int,
    steps: list[int],
) -> None:
    monkeypatch.setattr(DeviceMemory, "free", lambda _: free * MIB)
    found = find_micro_batch(prepare(small(tmp_path, "data.batch_size=auto")))
    assert len(counted) <= 4
    assert counted == steps  # none that the ones before do not allow
    assert found.examples == size
    assert "MiB of" in found.reason
    assert "more than a fifth of the 12 examples" in found.reason


def test_two_examples_are_too_many_and_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: list[int]
) -> None:
    killed = iter([True, False])
    monkeypatch.setattr(micro_batch, "forked", lambda work: None if next(killed) else work())
    found = find_micro_batch(prepare(small(tmp_path, "data.batch_size=auto")))
    assert (found.examples, "a step on the 1 largest example takes" in found.reason) == (1, True)
    assert counted == [1]


@pytest.mark.parametrize("more", [[], ["freeze={name: none, norm_statistics: update}"]])
def test_where_no_step_can_be_taken_it_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    monkeypatch.setattr(micro_batch, "forked", lambda work: None)  # it was killed
    with pytest.raises(MemoryShortError):
        find_micro_batch(prepare(small(tmp_path, "data.batch_size=auto", *more)))


def test_a_training_that_would_be_killed_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: list[int]
) -> None:
    """Each step went through alone, and takes more than there is room for beside what a training holds."""
    monkeypatch.setattr(DeviceMemory, "free", lambda _: 110 * MIB)
    with pytest.raises(MemoryShortError, match=r"MiB of \d+ that it may take: freeze more blocks"):
        find_micro_batch(prepare(small(tmp_path, "data.batch_size=auto")))


def test_steps_in_children_need_no_copies_and_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies of the weights would be held beside what a training holds, and trials refused for them."""

    def refuse(values: Any) -> Any:
        raise AssertionError("nothing is to be copied")

    monkeypatch.setattr(put_back, "_copied", refuse)
    session = prepare(small(tmp_path, "data.batch_size=auto"))
    before = {name: value.clone() for name, value in session.model.state_dict().items()}
    found = find_micro_batch(session)
    assert "MiB" in found.reason
    assert all(torch.equal(value, before[name]) for name, value in session.model.state_dict().items())


def test_parts_of_a_batch_make_the_same_steps(workplace: Path) -> None:
    """The loss curve of a batch of 8 in parts of 3, and of 8 at once: equal, but for rounding."""
    losses = []
    for name, overrides in (("whole", []), ("parts", ["training.micro_batch=3"])):
        run = train(
            small(workplace, "data.batch_size=8", "training.log_every=1", f"output={name}", *overrides)
        )
        lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
        losses.append([value for line in lines for key, value in line.items() if "loss" in key])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert len(losses[0]) > 6


class OfTwo(Group):
    """One of two processes, which are threads."""

    size = 2

    def __init__(self, met: Barrier, told: list[tuple[int, ...]], rank: int) -> None:
        self._met, self._told, self.rank = met, told, rank

    def max(self, *numbers: int) -> tuple[int, ...]:
        self._told[self.rank] = numbers
        self._met.wait(10)
        found = tuple(max(pair) for pair in zip(*self._told, strict=True))
        self._met.wait(10)
        return found


def test_processes_with_other_memory_take_the_same_steps() -> None:
    met, sizes = Barrier(2), [list[int](), list[int]()]
    told: list[tuple[int, ...]] = [(), ()]

    def search(rank: int) -> tuple[int, str]:
        def measure(indices: int, **options: Any) -> StepCost:
            sizes[rank].append(indices)
            return cost(indices, 120 + 10 * indices * (1 + rank), seconds=1 + rank * indices)

        place = SimpleNamespace(
            session=SimpleNamespace(
                group=OfTwo(met, told, rank), precision=SimpleNamespace(device=torch.device("cuda"))
            ),
            memory=SimpleNamespace(free=lambda: (900, 300)[rank] * MIB, device=torch.device("cuda")),
            measure=measure, largest=lambda size: size, busiest=lambda: 0,
        )  # fmt: skip
        return _search(cast(Bench, place), 64, least=1)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(search, range(2))
    assert one == other
    assert sizes[0] == sizes[1]
    assert len(sizes[0]) <= 4
