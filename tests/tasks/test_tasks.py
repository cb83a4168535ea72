"""What every task promises; `cases` has a network and examples for each."""

from __future__ import annotations

import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from ftcli.contracts import Example, Prediction, Task
from ftcli.contracts.outcomes import joined
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import DataError
from ftcli.metrics import intervals
from ftcli.models.network import Network
from ftcli.tasks import OUTLINES, TASKS
from ftcli.training.evaluate import Evaluation, evaluate
from ftcli.training.precision import Fp32
from tests.passes import loss_of
from tests.tasks.cases import CASES, made


@pytest.mark.parametrize("name", TASKS)
def test_every_task_learns_from_rows_and_predicts_them(name: str) -> None:
    one: Task = made(name)
    model = one.attach(CASES[name].backbone())
    assert isinstance(model, Network)
    encoded = [one.encode(example) for example in CASES[name].examples()]
    batch = one.collate(encoded, training=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=CASES[name].network.rate)
    losses = []
    for _ in range(30):
        loss = loss_of(one, model, batch)
        optimizer.zero_grad()
        torch.autograd.backward(loss.total / loss.count)
        optimizer.step()
        losses.append(loss.total.item())
    assert losses[-1] < 0.5 * losses[0]
    unlabelled = [one.encode(Example(e.id, e.inputs)) for e in CASES[name].examples()]
    predictions = one.predictions(model.eval(), one.collate(unlabelled, training=False))
    assert [prediction.id for prediction in predictions] == ["0", "1"]
    assert all(isinstance(prediction.label, CASES[name].lesson.label) for prediction in predictions)
    rows = [row for prediction in predictions for row in prediction.rows()]
    assert {tuple(row) for row in rows} == {tuple(rows[0])}  # one table


@pytest.mark.parametrize("name", TASKS)
def test_a_task_says_what_it_is(name: str) -> None:
    one = TASKS.load(name)
    assert (one.inputs, one.wants, one.form) == OUTLINES[name]
    assert made(name).metrics()


@pytest.mark.parametrize("name", TASKS)
def test_a_task_goes_to_the_processes_that_read_data(name: str) -> None:
    one = made(name)
    other = pickle.loads(pickle.dumps(one))
    batches = [t.collate([t.encode(e) for e in CASES[name].examples()], training=True) for t in (one, other)]
    torch.testing.assert_close(batches[0].inputs, batches[1].inputs, rtol=0, atol=0)


@pytest.mark.parametrize("name", TASKS)
def test_the_parts_of_a_batch_are_the_batch(name: str) -> None:
    """Examples of different lengths, cut apart: each keeps its inputs and targets, so that losses and counts add up."""
    one: Task = made(name)
    model = one.attach(CASES[name].backbone()).double().eval()
    examples = [*CASES[name].examples(), *CASES[name].examples()[::-1]]
    encoded = [one.encode(example) for example in examples]
    batch = one.collate(encoded, training=True).each(lambda t: t.double() if t.is_floating_point() else t)
    whole = loss_of(one, model, batch)
    for cuts in [(0, 2, 4), (0, 1, 4), (0, 1, 2, 3, 4)]:
        parts = [batch.part(*pair) for pair in pairwise(cuts)]
        assert [id_ for part in parts for id_ in part.ids] == [*batch.ids]
        losses = [loss_of(one, model, part) for part in parts]
        torch.testing.assert_close(torch.stack([loss.total for loss in losses]).sum(), whole.total)
        torch.testing.assert_close(torch.stack([loss.count for loss in losses]).sum(), whole.count)
    middle = batch.part(1, 4).part(1, 2)
    torch.testing.assert_close(loss_of(one, model, middle).total, loss_of(one, model, batch.part(2, 3)).total)


@pytest.mark.parametrize("name", TASKS)
def test_samples_are_encoded_and_the_second_is_the_larger(name: str) -> None:
    """Exporters, planners and signatures make batches of them."""
    one: Task = made(name)
    small, large = one.samples()
    assert small.target is large.target is None
    sizes = [
        sum(value.numel() for value in one.collate([one.encode(sample)], training=False).inputs.values())
        for sample in (small, large)
    ]
    assert sizes[0] <= sizes[1]


@pytest.mark.parametrize("name", TASKS)
def test_there_are_outputs_without_targets(name: str) -> None:
    """But for speech, each frame of which follows from the true ones before it."""
    one: Task = made(name)
    model = one.attach(CASES[name].backbone()).eval()
    batch = one.collate([one.encode(sample) for sample in one.samples()], training=False)
    if one.target.kind == "speech":
        with pytest.raises(DataError, match="need the recorded sounds"):
            one.outputs(model, batch)
        return
    outputs = one.outputs(model, batch)
    if isinstance(outputs, torch.Tensor) and batch.shares is None and "counted" not in batch.inputs:
        assert len(outputs) == 2


def evaluated(one: Task, name: str, batches: int) -> tuple[Evaluation, list[Prediction]]:
    """The examples of a case in some batches, and what is predicted for them."""
    model = one.attach(CASES[name].backbone()).eval()
    encoded = [one.encode(example) for example in CASES[name].examples()]
    made = [
        one.collate(part, training=False) for part in ([encoded] if batches == 1 else [[e] for e in encoded])
    ]
    result = evaluate(model, one, made, Fp32(torch.device("cpu")))
    unlabelled = [one.encode(Example(e.id, e.inputs)) for e in CASES[name].examples()]
    with torch.no_grad():
        return result, one.predictions(model, one.collate(unlabelled, training=False))


@pytest.mark.parametrize("name", TASKS)
def test_each_example_has_an_outcome_by_the_rule_of_predictions(name: str) -> None:
    one: Task = made(name)
    result, predictions = evaluated(one, name, 1)
    assert result.ids == ["0", "1"]
    assert result.outcomes is not None
    found = one.example_scores(result.outcomes, result.metrics)
    assert len(found.score) == 2
    assert max(found.score) <= found.perfect
    assert found.meaning
    for column in (found.true, found.predicted, found.probability, found.true_probability):
        assert len(column) in (0, 2)
    for prediction, said in zip(predictions, found.predicted, strict=False):
        label = joined(prediction.label) if isinstance(prediction.label, tuple) else prediction.label
        assert said == pytest.approx(label) if isinstance(label, float) else str(said).startswith(label)


@pytest.mark.parametrize("name", TASKS)
def test_outcomes_do_not_depend_on_the_batches(name: str) -> None:
    one: Task = made(name)
    whole, parts = (evaluated(one, name, batches)[0] for batches in (1, 2))
    scores = [one.example_scores(each.outcomes, each.metrics) for each in (whole, parts) if each.outcomes]
    assert scores[1].score == pytest.approx(scores[0].score, rel=1e-4, abs=1e-6)
    assert scores[1].true == scores[0].true


@pytest.mark.parametrize("name", TASKS)
def test_what_is_resampled_are_the_figures(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With each example once, instead of a resample, every figure that has an interval is the one of the metrics."""

    def once(sizes: Any, resamples: int) -> list[Any]:
        return [np.asarray(sizes, dtype=np.float64)[None]]

    monkeypatch.setattr(intervals, "_drawn", once)
    monkeypatch.setattr(intervals, "_percentiles", lambda values: (values[0], values[0]))
    monkeypatch.setattr(intervals, "FEWEST_EXAMPLES", 1)
    one: Task = made(name)
    result, _ = evaluated(one, name, 2)
    assert result.outcomes is not None
    found = one.example_scores(result.outcomes, result.metrics).intervals
    figures = result.figures(thorough=True)
    assert found or not KINDS[one.target.kind].figures
    for figure in found.keys() & figures.keys():
        assert found[figure].low == pytest.approx(figures[figure], rel=1e-5, abs=1e-9), figure


@pytest.mark.parametrize("name", TASKS)
def test_an_example_can_be_shown(name: str) -> None:
    one: Task = made(name)
    _, predictions = evaluated(one, name, 1)
    for example, prediction in zip(CASES[name].examples(), predictions, strict=True):
        picture, text = one.picture(example, prediction), one.text(example)
        assert (picture is None) != (text is None)
        assert picture is None or picture.startswith(b"\xff\xd8")
