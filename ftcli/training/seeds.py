"""Seeds of the random draws in a step, such as dropout."""

from __future__ import annotations

BITS = 0xFFFFFFFFFFFFFFFF


def step_seed(seed: int, step: int, rank: int = 0) -> int:
    """A seed of 64 bits for one step of a rank: the finaliser of SplitMix64 (Steele et al., 2014), so that neighbours
    differ in all bits.
    """
    z = (seed * 0x9E3779B97F4A7C15 + step + 1 + (rank << 40)) & BITS
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & BITS
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & BITS
    return z ^ (z >> 31)
