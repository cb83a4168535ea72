from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ftcli.metrics.spectral import SpectralDistance
from tests.metrics.samples import generator, spectrograms

BANDS = 40
PLACES = torch.arange(BANDS) + 0.5


def scored(said: list[Tensor], true: list[Tensor]) -> dict[str, float]:
    metric = SpectralDistance()
    metric.update(said, true)
    return metric.compute()


def test_equal_speech_is_at_no_distance_at_any_pace() -> None:
    true = torch.randn(30, BANDS, generator=generator())
    slower = true.repeat_interleave(torch.arange(30) % 3 + 1, dim=0)
    figures = scored([true, slower], [true, true])
    assert figures == pytest.approx({"spectrogram_distance": 0.0, "mcd": 0.0}, abs=1e-12)


def test_another_loudness_is_a_distance_but_no_distortion() -> None:
    true = torch.randn(10, BANDS, generator=generator())
    figures = scored([true + 0.5], [true])
    assert figures["mcd"] == pytest.approx(0.0, abs=1e-5)
    still = torch.zeros(4, BANDS)
    assert scored([still + 0.5], [still])["spectrogram_distance"] == pytest.approx(0.5)


@pytest.mark.parametrize(("order", "heard"), [(1, True), (13, True), (14, False)])
def test_distortion_is_the_difference_of_smooth_spectra_in_decibels(order: int, heard: bool) -> None:
    """By Parseval: the root mean square over the bands of what 20 log10 of the amplitudes differ."""
    ripple = 0.3 * torch.cos(math.pi * order * PLACES / BANDS).expand(6, BANDS)
    decibels = (20 / math.log(10) * ripple).square().mean().sqrt()
    figures = scored([ripple], [torch.zeros(6, BANDS)])
    assert figures["mcd"] == pytest.approx(float(decibels) if heard else 0.0, abs=1e-5)


def test_figures_are_means_over_examples() -> None:
    still = torch.zeros(4, BANDS)
    assert scored([still + 1, torch.zeros(9, BANDS)], [still, still])[
        "spectrogram_distance"
    ] == pytest.approx(0.5)


def test_half_precision_and_few_bands_will_do() -> None:
    said, true = spectrograms(bands=5)
    figures = scored([one.bfloat16() for one in said], [one.bfloat16() for one in true])
    assert figures == pytest.approx(scored(said, true), rel=0.02)


@pytest.mark.parametrize("broken", [torch.full((4, BANDS), math.nan), torch.zeros(0, BANDS)])
def test_what_has_no_distance_gives_no_figures(broken: Tensor) -> None:
    still = torch.zeros(4, BANDS)
    assert scored([still, broken], [still, still]) == {}


def test_a_missing_spectrogram_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        scored([torch.zeros(4, BANDS)], [])
