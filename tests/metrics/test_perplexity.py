from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from ftcli.metrics import perplexity
from ftcli.metrics.perplexity import Perplexity
from tests.metrics.samples import tokens


def scored(logits: torch.Tensor, targets: torch.Tensor) -> dict[str, float]:
    metric = Perplexity()
    metric.update(logits, targets)
    return metric.compute()


def test_it_is_the_exponential_of_the_mean_cross_entropy_of_what_counts() -> None:
    logits, targets = tokens()
    counted = targets >= 0
    entropy = functional.cross_entropy(logits[counted].double(), targets[counted])
    figures = scored(logits, targets)
    assert figures["perplexity"] == pytest.approx(math.exp(entropy), rel=1e-6)
    right = (logits.argmax(1) == targets)[counted].double().mean()
    assert figures["token_accuracy"] == pytest.approx(float(right))
    assert 0 < figures["token_accuracy"] < 1


def test_parts_of_the_logits_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scored(*tokens())
    monkeypatch.setattr(perplexity, "TOGETHER", 33)  # three rows of eleven at once
    assert scored(*tokens()) == pytest.approx(whole, rel=1e-14)


def test_half_precision_is_summed_in_full_precision() -> None:
    logits, targets = tokens(count=4000)
    logits = logits.bfloat16()
    assert scored(logits, targets) == pytest.approx(scored(logits.double(), targets), rel=1e-6)


def test_even_odds_are_as_perplexing_as_there_are_tokens() -> None:
    assert scored(torch.zeros(5, 8), torch.arange(5)) == pytest.approx(
        {"perplexity": 8.0, "token_accuracy": 0.2}
    )


def test_what_is_too_perplexing_for_a_number_is_infinite() -> None:
    figures = scored(torch.tensor([[1e4, 0.0]]), torch.tensor([1]))
    assert figures == {"perplexity": math.inf, "token_accuracy": 0.0}


def test_no_number_gives_no_perplexity_and_ignored_rows_may_hold_anything() -> None:
    broken = torch.tensor([[math.nan, 0.0], [1.0, 1.0]])
    assert "perplexity" not in scored(broken, torch.tensor([1, 0]))
    assert scored(broken, torch.tensor([-1, 0]))["perplexity"] == pytest.approx(2.0)
    assert scored(broken, torch.tensor([-1, -100])) == {}


def test_no_graph_is_kept() -> None:
    logits, targets = tokens()
    metric = Perplexity()
    metric.update(logits.requires_grad_(), targets)
    assert not any(total.requires_grad for total in metric.likelihoods)
