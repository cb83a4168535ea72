"""CTC against a sum over all alignments, and what padding of spectrograms does."""

from __future__ import annotations

from itertools import product

import torch

from ftcli.losses.speech import ctc, spectrogram
from ftcli.models.characters import Characters


def test_ctc_is_the_probability_of_all_alignments() -> None:
    torch.manual_seed(0)
    letters = Characters.of(["ab"])
    logits = torch.randn(1, 4, len(letters))
    chances = logits.softmax(-1)[0]
    alignments = (row for row in product(range(len(letters)), repeat=4) if letters.decode(row) == "ab")
    chance = sum(float(chances[range(4), list(row)].prod()) for row in alignments)
    loss = ctc(logits, torch.tensor([4]), [letters.encode("ab")])
    assert torch.allclose(loss.total, -torch.tensor(chance).log(), rtol=1e-5)


def test_a_text_longer_than_its_frames_adds_nothing() -> None:
    logits = torch.zeros(2, 3, 3, requires_grad=True)
    loss = ctc(logits, torch.tensor([3, 3]), [[1, 2], [1, 1, 2, 2]])
    alone = ctc(logits[:1], torch.tensor([3]), [[1, 2]])
    assert torch.equal(loss.total.detach(), alone.total.detach())
    assert (float(loss.count), float(alone.count)) == (2.0, 1.0)
    loss.total.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_padding_of_spectrograms_counts_for_nothing() -> None:
    torch.manual_seed(0)
    before, after, stop = torch.randn(1, 4, 5), torch.randn(1, 4, 5), torch.randn(1, 4)
    wanted = torch.randn(1, 3, 5)
    padded = torch.cat([wanted, torch.full((1, 1, 5), -100.0)], dim=1)
    short, long = (
        spectrogram(before[:, :3], after[:, :3], stop[:, :3], wanted),
        spectrogram(before, after, stop, padded),
    )
    assert torch.allclose(short.total, long.total)
    assert int(short.count) == int(long.count) == 3
