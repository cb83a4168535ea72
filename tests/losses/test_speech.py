"""CTC against a sum over all alignments, what padding of spectrograms does, and what guides attention."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor

from ftcli.contracts import Loss, Target
from ftcli.errors import ConfigError
from ftcli.losses.speech import CTC, Spectrogram, off_diagonal
from ftcli.models.speech.characters import Characters

ctc = CTC(target=Target("transcript"))
SPEECH = Target("speech")


def test_ctc_is_the_probability_of_all_alignments() -> None:
    torch.manual_seed(0)
    letters = Characters.of(["ab"])
    logits = torch.randn(1, 4, len(letters))
    chances = logits.softmax(-1)[0]
    alignments = (row for row in product(range(len(letters)), repeat=4) if letters.decode(row) == "ab")
    chance = sum(float(chances[range(4), list(row)].prod()) for row in alignments)
    loss = ctc(logits, torch.tensor([4]), [letters.encode("ab")])
    assert torch.allclose(loss.total, -torch.tensor(chance).log(), rtol=1e-5)
    turned = ctc(logits[:, :, [1, 2, 0]], torch.tensor([4]), [[0, 1]], 2)  # another class is the blank
    assert torch.allclose(turned.total, loss.total)


def test_a_text_longer_than_its_frames_adds_nothing() -> None:
    logits = torch.zeros(2, 3, 3, requires_grad=True)
    loss = ctc(logits, torch.tensor([3, 3]), [[1, 2], [1, 1, 2, 2]])
    alone = ctc(logits[:1], torch.tensor([3]), [[1, 2]])
    assert torch.equal(loss.total.detach(), alone.total.detach())
    assert (float(loss.count), float(alone.count)) == (2.0, 1.0)
    loss.total.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def measured(frames: int, wanted: Tensor, **options: float) -> Loss:
    """The loss of random outputs, of which the first `frames` are given, over two tokens."""
    generator = torch.Generator().manual_seed(0)
    before, after = (torch.randn(1, 4, 5, generator=generator)[:, :frames] for _ in range(2))
    stop = torch.randn(1, 4, generator=generator)[:, :frames]
    attention = torch.rand(1, 4, 2, generator=generator)[:, :frames]
    outputs = {"before": before, "after": after, "stop": stop, "attention": attention}
    return Spectrogram(target=SPEECH, **options)(**outputs, wanted=wanted, tokens=torch.tensor([2]))


def test_padding_of_spectrograms_counts_for_nothing() -> None:
    wanted = torch.randn(1, 3, 5, generator=torch.Generator().manual_seed(1))
    padded = torch.cat([wanted, torch.full((1, 1, 5), -100.0)], dim=1)
    short, long = measured(3, wanted), measured(4, padded)
    assert torch.allclose(short.total, long.total)
    assert int(short.count) == int(long.count) == 3
    assert torch.allclose(torch.stack([*long.parts.values()]).sum(), long.total)


def test_weights_of_the_parts() -> None:
    wanted = torch.randn(1, 4, 5, generator=torch.Generator().manual_seed(1))
    plain, guided = measured(4, wanted, guided_attention=0.0), measured(4, wanted, guided_attention=2.0)
    assert "attention" not in plain.parts
    assert torch.allclose(guided.total - guided.parts["attention"], plain.total)
    assert float(guided.parts["attention"]) == pytest.approx(
        2 * float(measured(4, wanted).parts["attention"])
    )
    assert measured(4, wanted, stop_weight=9.0).parts["stop"] > plain.parts["stop"]
    with pytest.raises(ConfigError, match=r"loss.stop_weight: 0 is not above 0"):
        Spectrogram(target=SPEECH, stop_weight=0)
    with pytest.raises(ConfigError, match=r"loss.guided_attention: -1 is below 0"):
        Spectrogram(target=SPEECH, guided_attention=-1)


def test_attention_along_the_diagonal_costs_nothing_and_across_it_much() -> None:
    steps, tokens = torch.tensor([4]), torch.tensor([4])
    along = off_diagonal(torch.eye(4)[None], steps, tokens)
    across = off_diagonal(torch.eye(4).flip(0)[None], steps, tokens)
    assert float(along) == 0
    assert 1 < float(across) < 4
    wider = torch.zeros(1, 6, 5)
    wider[0, :4, :4] = torch.eye(4).flip(0)
    wider[0, 4:] = 1.0  # of padding
    assert torch.allclose(off_diagonal(wider, steps, tokens), across)
