"""What `ftcli lr` finds, as a document and as a chart."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from ftcli.runs.settling.bracket import bracket
from ftcli.runs.settling.rate import FoundRate
from ftcli.runs.settling.sweep import Swept
from ftcli.studies.rates import RateStudy
from tests.runs.settling.curves import curve


def study(falls: float = 1.0, rises: float = 100.0) -> RateStudy:
    """A study of three sweeps around rates of 1e-3 and 1e-4."""
    swept = Swept([curve(falls=falls, rises=rises, seed=seed) for seed in range(3)], 200.0)
    usual = {"lr": 1e-3, "backbone_lr": 1e-4, "lr_decay": 0.9}
    return RateStudy(FoundRate(usual, swept, bracket(swept.curves, swept.travel)), 3.0)


def test_the_document_has_rates_of_the_head_and_what_to_write(tmp_path: Path) -> None:
    found = study(falls=0.02, rises=0.5)
    paths = found.write(tmp_path / "lr")
    document = json.loads(paths[0].read_text())
    assert document["low"] < document["high"] < document["turns"] < document["diverges"]
    assert document["suggestion"]["lr"] == pytest.approx(document["high"], rel=0.01)
    assert document["suggestion"]["backbone_lr"] == pytest.approx(document["suggestion"]["lr"] / 10, rel=0.01)
    assert document["write"].startswith("optimizer: {lr: 0.000")
    assert len(document["curves"]) == 3
    assert all(len(one["lr"]) == len(one["loss"]) for one in document["curves"])


def test_the_usual_rate_needs_no_key() -> None:
    assert study().write_key() is None
    assert study().document()["write"] is None


def test_the_chart_is_drawn_over_powers_of_ten(tmp_path: Path) -> None:
    svg = study().svg()
    root = ElementTree.fromstring(svg)
    texts = [element.text for element in root.iter() if element.text]
    assert "learning rate" in texts
    assert {"1e-5", "1e-3"} <= set(texts)
    middle = study().median()
    assert np.isfinite(middle.losses).all()
    assert middle.losses.max() < 4  # what is far above the start is not shown
