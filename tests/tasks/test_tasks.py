"""What every task promises; `cases` has a network and examples for each."""

from __future__ import annotations

import pickle
from itertools import pairwise

import pytest
import torch

from ftcli.contracts import Example, Task
from ftcli.errors import DataError
from ftcli.models.network import Network
from ftcli.tasks import OUTLINES, TASKS
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
