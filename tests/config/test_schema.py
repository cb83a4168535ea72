"""The contract: every key has its line of help, and defaults that are within their limits."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ftcli.config.generation import Generation
from ftcli.config.schema import Data, Experiment, Head, Model, Part, Tokenizer
from ftcli.config.training_keys import EarlyStop, Training

SECTIONS = (Experiment, Data, Model, Head, Tokenizer, Generation, Training, EarlyStop)
KEYS = [(section, one) for section in SECTIONS for one in dataclasses.fields(section) if one.name != "places"]


@pytest.mark.parametrize(("section", "one"), KEYS, ids=lambda value: getattr(value, "name", None))
def test_every_key_has_help_and_a_default_within_its_limits(section: type, one: Any) -> None:
    assert one.metadata["help"]
    assert not one.metadata["help"].endswith(".")
    if isinstance(one.default, int | float) and not isinstance(one.default, bool):
        assert one.default >= one.metadata.get("minimum", one.default)
        assert one.default <= one.metadata.get("maximum", one.default)
    if "choices" in one.metadata and one.default is not None:
        values = one.default if isinstance(one.default, tuple) else (one.default,)
        assert set(values) <= set(one.metadata["choices"])


def test_an_experiment_compares_without_its_places() -> None:
    assert Experiment("t") == Experiment("t")
    assert "places" not in repr(Experiment("t"))


def test_a_part_with_chosen_options_keeps_those_that_are_there() -> None:
    assert Part("adam", {"lr": 1}).choosing(decay=2) == Part("adam", {"lr": 1, "decay": 2})
