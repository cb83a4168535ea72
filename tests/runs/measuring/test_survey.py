"""The parts of a training are measured, and put together for all its epochs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.load import load_experiment
from ftcli.errors import MemoryShortError
from ftcli.loading.batch_sampler import Indices
from ftcli.runs.measuring.bench import Bench
from ftcli.runs.measuring.cost import MEASURED, parts_of
from ftcli.runs.measuring.curve import Curve
from ftcli.runs.measuring.expected import disk, surveyed, workload
from ftcli.runs.measuring.survey import PhaseCost, Survey, survey
from ftcli.runs.names import NAMES
from ftcli.runs.session import prepare
from tests.runs.measuring.test_disk import made
from tests.tiny import data, models


@pytest.fixture
def photos(workplace: Path) -> Path:
    data.split_folders(workplace / "photos", {"train": 6, "val": 2})
    return workplace


def phase(first: int, step: float, *, keeps: bool = False, further: float = 1.0) -> PhaseCost:
    """Of `step` seconds for each example."""
    share = float(keeps)
    return PhaseCost(
        first, Curve(each=step), Curve(each=0.01), Curve(each=0.1), further, 0.5, 2.0, keeps, keeps, share, share,
        10**8, (4,), beyond=False,
    )  # fmt: skip


def test_each_phase_is_measured_at_its_largest_batch(photos: Path) -> None:
    training = made(photos, "freeze={name: lp-ft, probe_epochs: 1}")
    found = survey(training.session)
    head, whole = found.phases
    assert (head.first, whole.first) == (0, 1)
    assert (head.keeps_training, whole.keeps_training) == (True, False)
    assert head.measured == whole.measured == (2, 4)
    assert not whole.beyond
    assert found.peak_bytes >= whole.peak_bytes > 2**26
    assert found.phase(0) == head
    assert found.phase(1) == whole
    assert (head.missing_training, head.missing_validation, whole.missing_training) == (1, 1, 0)
    cost = surveyed(training.outline, found, MEASURED)
    assert cost.seconds == pytest.approx(sum(part.seconds for part in cost.parts))
    assert len(cost.epochs) == 2


def test_kept_features_are_computed_once_and_steps_add_up(photos: Path) -> None:
    training = made(photos, "freeze=backbone", "training.epochs=3")
    plan = workload(training.outline, disk(training.outline))
    parts, epochs = parts_of(Survey((phase(0, 0.25, keeps=True),), 0.125, 0.0), plan)
    seconds = {part.name: part.seconds for part in parts}
    assert seconds["frozen blocks"] == pytest.approx(0.5 + 2 * (12 + 4))  # both splits, in the first epoch
    assert seconds["steps"] == pytest.approx(3 * 12 * (0.25 + 0.01))
    assert seconds["scoring"] == pytest.approx(3 * 4 * 0.1)
    assert seconds["encoding"] == pytest.approx(0.125 * 16)
    assert epochs[0] - epochs[1] == pytest.approx(0.5 + 32 + 2)
    assert epochs[1] == pytest.approx(epochs[2])


def test_features_that_are_there_are_not_computed_again(photos: Path) -> None:
    options = ("freeze=backbone", "training.epochs=2", "data.augment=none")
    training = made(photos, *options)
    before = survey(training.session)
    training.begin()
    for _ in training:
        pass
    again = made(photos, *options)
    after = survey(again.session)
    (first,), (second,) = before.phases, after.phases
    assert (first.missing_training, first.missing_validation) == (1, 1)
    assert (second.missing_training, second.missing_validation) == (0, 0)
    assert second.keeps_training
    # On other data, what is kept of these says nothing.
    assert (after.anew().phases[0].missing_training, after.anew().phases[0].missing_validation) == (1, 1)
    parts, _ = parts_of(after, workload(again.outline, disk(again.outline)))
    assert dict(parts)["frozen blocks"] == pytest.approx(second.cutting)


def test_phases_that_are_not_measured_cost_what_the_next_one_does(photos: Path) -> None:
    training = made(photos, "training.epochs=4", "training.accumulate=3")
    plan = workload(training.outline, disk(training.outline))
    assert plan.starts == [0]
    first, last = phase(0, 0.1, further=0.5), phase(2, 0.4, further=0.5)
    share = (1 + 2 * 0.5) / 3  # of three batches in a step, two cost half
    # In the second the phase that begins with epoch 1 is not measured.
    for starts, each in ((0, 2), 2 * 0.1 + 2 * 0.4), ((0, 1, 2), 0.1 + 3 * 0.4):
        parts, epochs = parts_of(Survey((first, last), 0.0, 0.0), replace(plan, starts=starts))
        steps = next(part.seconds for part in parts if part.name == "steps")
        assert steps == pytest.approx(12 * share * each + 4 * 12 * 0.01)
        assert len(epochs) == 4


def test_where_memory_is_short_the_peak_is_on_a_line(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = made(photos, "data.batch_size=12", "training.epochs=1")
    measure = Bench.measure

    def short(bench: Bench, indices: object, **options: object) -> object:
        return measure(bench, indices, **options) if len(indices) <= 6 else None  # type: ignore[arg-type]

    monkeypatch.setattr(Bench, "measure", short)
    [found] = survey(training.session).phases
    assert found.beyond
    assert max(found.measured) < 12
    monkeypatch.setattr(Bench, "measure", lambda *_, **__: None)
    with pytest.raises(MemoryShortError, match="memory of the device is full"):
        survey(training.session)


def test_batches_of_different_lengths_are_mixed_for_the_peak(workplace: Path) -> None:
    words = [" ".join(["word"] * (1 + 7 * n % 60)) for n in range(24)]
    rows = [{"text": text, "label": "ab"[n % 2]} for n, text in enumerate(words)]
    data.table(workplace / "texts.csv", rows)
    models.bert(workplace / "bert")
    (workplace / "texts.yaml").write_text(
        "task: text-classification\ndata: {train: texts.csv, val: 0.25, batch_size: 3}\nmodel: bert\n"
        "freeze: none\ntraining: {epochs: 1, device: cpu, precision: fp32}\n"
    )
    session = prepare(load_experiment(workplace / "texts.yaml", [], names=NAMES))
    seen: list[int] = []
    peak_of = Bench.peak_of

    def watched(place: Bench, chosen: Iterable[Indices], *given: Any) -> int:
        mixed = [*chosen]
        seen.extend(map(place.batches.order.cost, mixed))
        return peak_of(place, mixed, *given) + 2**40

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bench, "peak_of", watched)
        assert survey(session).peak_bytes > 2**40
    # The six batches of the epoch, and the largest once more in the end.
    assert len(seen) == 7
    assert seen[-1] == max(seen)
    assert len(set(seen)) > 1
