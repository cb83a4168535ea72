"""The plot of a sweep on a terminal of 80 cells."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.cli.screen import Screen
from ftcli.cli.studies.rate_curve import HEIGHT, plot, show_rates
from tests.studies.test_rates import study


def test_the_plot_fits_and_falls_to_the_right() -> None:
    rates = np.geomspace(1e-6, 1.0, 90)
    lines = plot(rates.tolist(), np.linspace(2.0, 1.0, 90).tolist(), {"[": 1e-5, "]": 0.1, "^": 1e-3})
    assert max(map(len, lines)) <= 80
    assert lines[0].split("│")[1].startswith("•")
    assert lines[HEIGHT - 1].endswith("•")
    assert (lines[0].split()[0], lines[HEIGHT - 1].split()[0]) == ("2", "1")
    assert lines[-2].split() == ["1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1e0"]
    marks = lines[-1]
    assert marks.index("[") < marks.index("^") < marks.index("]")
    assert abs(marks.index("^") - lines[-2].index("1e-3")) <= 1


def test_a_flat_curve_is_drawn() -> None:
    assert any("•" in line for line in plot([1e-4, 1e-3], [1.0, 1.0], {"^": 1e-3, "[": None}))


def test_a_suggestion_at_an_end_hides_no_mark() -> None:
    lines = plot([1e-4, 1e-3], [1.0, 0.5], {"[": 1e-4, "]": 1e-3, "^": 1e-3})
    assert lines[-2].index("]") == lines[-1].index("^")


def test_what_is_shown_is_what_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    lowered = study(falls=0.02, rises=0.5)
    show_rates(Screen(), lowered, "photos", [])
    out = capsys.readouterr().out
    assert f"to {lowered.found.lr:.3g}\n" in out  # it is the upper end
    assert f"suggestion ^   {lowered.found.lr:.3g}: " in out
    document = lowered.document()
    assert document["high"] == document["suggestion"]["lr"] == lowered.found.lr
    assert document["spread"][0] <= lowered.found.lr <= document["spread"][1]


def test_what_is_said_below(capsys: pytest.CaptureFixture[str]) -> None:
    show_rates(Screen(), study(falls=0.02, rises=0.5), "photos", [])
    out = capsys.readouterr().out
    assert "photos: loss of a step by the learning rate of the head, median of 3 sweeps" in out
    assert "write: optimizer: {lr: 0.000" in out
    assert "nothing was changed" in out
    far = study(falls=3e-4, rises=0.01)
    assert far.found.bracket.warning is not None
    show_rates(Screen(), far, "photos", [])
    assert capsys.readouterr().out.count("times the usual rate, which is more than 30 times away") == 1
    show_rates(Screen(), study(), "photos", [])
    assert "nothing to write: the rate stays as it is" in capsys.readouterr().out
