"""A group of one process: nothing is divided, and nobody is waited for."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ftcli.errors import UserError
from ftcli.training.distributed.group import Group


def test_one_process_leads_and_has_everything() -> None:
    group = Group()
    assert (group.rank, group.size, group.local_rank, group.local_size) == (0, 1, 0, 1)
    assert group.leads
    assert not group.restarted
    assert group.device(torch.device("cpu"), "training.device") == torch.device("cpu")


def test_what_one_process_hands_over_it_gets_back() -> None:
    group, values = Group(), torch.tensor([1.0, 2.0])
    assert group.sum(values) is values
    assert group.max(3, 1) == (3, 1)
    assert group.gather("a") == ["a"]
    assert group.broadcast("a") == "a"
    state = {"weight": values}
    assert group.unshard(state) is state
    assert group.shard(state, state) is state


def test_the_model_of_one_process_is_called_and_scored_as_it_is() -> None:
    group, model = Group(), nn.BatchNorm1d(2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    group.shard_model(model, [])
    group.broadcast_buffers(model)
    assert group.wrapped(model) is model
    with group.no_sync(model), group.unsharded(model) as whole:
        assert whole is model
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_an_error_of_one_process_is_its_own() -> None:
    group, error = Group(), RuntimeError("gloo: connection closed by peer")
    assert group.lost(error) is None
    with pytest.raises(UserError, match=r"^not so$"), group.agreeing():
        raise UserError("not so")
