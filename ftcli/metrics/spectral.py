"""Distances of the spectrograms of synthetic and recorded speech."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from ftcli.metrics.time_warping import warped_mean

# Coefficients that count, without the first, which is loudness.
CEPSTRA = 13


class SpectralDistance:
    """Distances of log-mel spectrograms, aligned by dynamic time warping; each a mean over examples.

    Spectrograms hold natural logarithms of mel amplitudes: multiply by ln 10 what is log10, halve what is of power.
    `mcd` is the mel-cepstral distortion in decibels (Kubichek, 1993) from the cosine transform of the bands.
    """

    thorough: ClassVar[bool] = False

    def __init__(self) -> None:
        self.distances: list[float] = []  # of each example
        self.distortions: list[float] = []

    def update(self, outputs: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
        """For each example spectrograms (T, M) and (T', M). Raises `ValueError` unless they are as many."""
        for pair in zip(outputs, targets, strict=True):
            said, true = (one.detach().cpu().double() for one in pair)
            apart = torch.cdist(said, true, p=1.0) / said.shape[1]
            self.distances.append(warped_mean(apart.numpy()))
            self.distortions.append(warped_mean(_distortion(_cepstra(said), _cepstra(true)).numpy()))

    def merge(self, other: SpectralDistance) -> None:
        """Append the distances of `other`."""
        self.distances += other.distances
        self.distortions += other.distortions

    def compute(self) -> dict[str, float]:
        """spectrogram_distance, the mean absolute difference, and mcd.

        Empty if a spectrogram is not finite or has no frame.
        """
        if not self.distances:
            return {}
        named = {"spectrogram_distance": self.distances, "mcd": self.distortions}
        figures = {name: math.fsum(values) / len(values) for name, values in named.items()}
        return {name: value for name, value in figures.items() if math.isfinite(value)}


def _cepstra(bands: Tensor) -> Tensor:
    """The mel cepstrum (T, 13) of log amplitudes (T, M): they are sums of cosines with these amplitudes."""
    count = bands.shape[1]
    orders = torch.arange(1, min(CEPSTRA, count - 1) + 1, dtype=torch.float64)
    places = torch.arange(count, dtype=torch.float64) + 0.5
    return bands @ torch.cos(math.pi / count * torch.outer(places, orders)) * (2.0 / count)


def _distortion(said: Tensor, true: Tensor) -> Tensor:
    """The distortion in dB of each pair of frames (T, T')."""
    # By products it would be faster, and not 0 for what is equal.
    apart = torch.cdist(said, true, compute_mode="donot_use_mm_for_euclid_dist")
    return apart * (10.0 / math.log(10.0) * math.sqrt(2.0))
