"""What `ftcli recommend` prints, from a document."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.cli.screen import Screen
from ftcli.cli.studies.recommended import show


def candidate(label: str, value: float, **others: Any) -> dict[str, Any]:
    """One as `recommend.json` has it."""
    return {
        "name": f"models/{label}",
        "label": label,
        "control": False,
        "rank": 1.0,
        "evidence": {
            "figure": "accuracy",
            "value": value,
            "error": 0.05,
            "nearest": 0.7,
            "log_evidence": -0.3,
            "layer_mean": False,
        },
        "raced": None,
        "cost": {"train": 75.0, "latency": 0.021, "megabytes": 9.0, "memory": None, "measured": False},
        "money": None,
        "difference": {"low": -0.1, "high": 0.02},
        "note": None,
        **others,
    }


def document(**others: Any) -> dict[str, Any]:
    raced = {"metric": "f1_micro", "value": 0.873, "share": 1.0, "seconds": 110.0}
    return {
        "examples": 400,
        "sampled": 400,
        "chance": 0.2,
        "seconds": {"features": 71.0, "race": 19.0, "data": 0.1, "all": 94.0},
        "price": None,
        "prior": {"measure": "% ImageNet top-1", "weight": 0.556},
        "candidates": [
            candidate("mobilenet_v2_of_someone_with_a_very_long_name", 0.858, difference=None, raced=raced),
            candidate("squeezenet1_0", 0.845, raced={**raced, "value": 0.8, "share": 0.333}),
            candidate("resnet18", 0.48, difference={"low": -0.4, "high": -0.3}),
            candidate("resnet18, random", 0.3, control=True, rank=None, difference=None),
        ],
        "not_tried": [{"name": "resnet50", "reason": "not on this machine"}],
        "only_raced": None,
        "notes": ["the race ended"],
        "best": "models/mobilenet_v2_of_someone_with_a_very_long_name",
        "chosen": "models/squeezenet1_0",
        "why": "no difference between them",
        "recommended": "runs/a-recommend/recommended.yaml",
        **others,
    }


def printed(capsys: pytest.CaptureFixture[str], given: dict[str, Any], width: int | None = None) -> list[str]:
    screen = Screen()
    if width is not None:
        screen.console._force_terminal = True
        screen.console.width = width
    show(screen, given)
    return capsys.readouterr().out.splitlines()


def test_the_table_and_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, document())
    assert lines[0] == ("400 training examples. Chance 0.20. 3 candidates, 94 s (features 71 s, race 19 s).")
    head, best, chosen, worse, control = lines[1:6]
    assert head.split() == ["model", "accuracy", "kNN", "LogME", "raced", "train", "ms", "MB"]
    assert best.startswith("*   mobilenet_v2_")
    assert "0.858 +-0.050" in best
    assert "0.873" in best
    assert "110 s" in best or "2 min" in best
    assert chosen.startswith("->  squeezenet1_0")
    assert "0.800 @33%" in chosen
    assert worse.startswith("    resnet18")
    assert " - " in worse
    assert control.startswith("    resnet18, random")
    rest = "\n".join(lines[6:])
    assert "prior: % ImageNet top-1, weight 0.56 at 400 examples" in rest
    assert "raced: f1_micro on the validation split" in rest
    assert "note: not tried: resnet50: not on this machine" in rest
    assert "squeezenet1_0: no difference between them" in rest
    assert lines[-1] == "Train it: ftcli train runs/a-recommend/recommended.yaml"


def test_what_training_costs_in_money(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [candidate("one", 0.8, money=0.0312), candidate("two", 0.7, money=12.5)]
    lines = printed(capsys, document(candidates=rows, price=1.5, chosen=None))
    assert lines[1].split()[-4:] == ["train", "money", "ms", "MB"]
    assert [line.split()[-3] for line in lines[2:4]] == ["0.031", "12.50"]
    assert any(line.endswith("money at 1.5 an hour") for line in lines)


def test_it_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, document(), 80)
    assert max(map(len, lines)) <= 80
    assert any("raced" in line and "train" in line for line in lines)


def test_what_is_only_raced_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [candidate("t5", 0.0, evidence=None), candidate("bart", 0.0, evidence=None)]
    lines = printed(capsys, document(candidates=rows, only_raced="texts to write", chosen=None, sampled=0))
    assert "no evidence: texts to write; candidates are only raced" in lines
    assert "LogME" not in "\n".join(lines[:3])


def test_a_sample_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, document(examples=5000, sampled=2000))
    assert lines[0].startswith("5,000 training examples, evidence from 2,000 of them.")


def test_features_of_all_layers_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    of_layers = {**candidate("bert", 0.8)["evidence"], "layer_mean": True}
    lines = printed(capsys, document(candidates=[candidate("bert", 0.8, evidence=of_layers)], chosen=None))
    assert any(line.startswith("features are the mean over the layers") for line in lines)
    assert not any(line.startswith("features are") for line in printed(capsys, document()))


def test_nothing_is_said_of_what_is_not_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    cost = {"train": 75.0, "latency": 0.021, "megabytes": 9.0, "memory": None, "measured": True}
    alone = candidate("whisper, random", 0.0, control=True, rank=None, evidence=None, cost=cost)
    lines = printed(capsys, document(candidates=[alone], chosen="models/whisper, random", best=None))
    assert "-> chosen; ms of one example" in lines
    assert not any("prior" in line for line in lines)


def test_a_prior_that_counts_for_nothing_has_no_weight(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, document(prior={"measure": "none: of several measures", "weight": 0.0}))
    assert "prior: none: of several measures" in lines
