"""Figures with their intervals, and sizes, in the words of a line."""

from __future__ import annotations


def shown_number(value: float) -> str:
    """A number with four decimals; a small or a large one with four digits."""
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.4f}"
    return f"{value:.4g}"


def shown_figure(value: float | None, low: float | None, high: float | None) -> str:
    """`0.8625 (0.77 to 0.92)`; without an interval the figure alone; nothing where there is none."""
    if value is None:
        return ""
    if low is None or high is None:
        return shown_number(value)
    return f"{shown_number(value)} ({low:.3g} to {high:.3g})"


def size(count: int) -> str:
    """Bytes as `1.4 MB`, `12 MB`, `1.25 GB`."""
    if count < 1e7:
        return f"{count / 1e6:.1f} MB"
    return f"{count / 1e6:,.0f} MB" if count < 1e9 else f"{count / 1e9:,.2f} GB"
